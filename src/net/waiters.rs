//! A queue of tasks that wait for room in a shared resource, in order of arrival.
//!
//! Each portion of room is offered to one waiter. So one portion does not wake thousands of tasks,
//! and a few bytes wake none. Each woken task must report that it has checked for room. What it did
//! not take is offered to the next.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;

use parking_lot::{Mutex, MutexGuard};

/// A position in the queue; lower tickets arrived earlier.
pub(super) type Ticket = NonZero<u32>;

#[derive(Debug, Default)]
pub(super) struct Waiters {
    /// The length of the queue. A task that frees room needs no lock while this is 0.
    count: AtomicUsize,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: BTreeMap<Ticket, Waker>,
    last: u32,
    /// Waiters that have been woken and have not checked for room yet.
    offered: usize,
}

impl Queue {
    fn next_ticket(&mut self) -> Ticket {
        loop {
            self.last = self.last.wrapping_add(1);
            let ticket = Ticket::new(self.last).unwrap_or(Ticket::MIN);
            if !self.waiting.contains_key(&ticket) {
                return ticket;
            }
        }
    }
}

impl Waiters {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock()
    }

    /// Joins the queue, or keeps the position of `ticket`. The caller must check for room after
    /// this. A task that frees room checks for waiters after freeing it, so one of the two sees the
    /// other.
    pub(super) fn wait(&self, ticket: Option<Ticket>, waker: &Waker) -> Ticket {
        let mut queue = self.queue();
        let is_new = ticket.is_none();
        let ticket = ticket.unwrap_or_else(|| queue.next_ticket());
        let was_woken = queue.waiting.insert(ticket, waker.clone()).is_none() && !is_new;
        queue.offered -= usize::from(was_woken);
        self.count.store(queue.waiting.len(), Ordering::SeqCst);
        ticket
    }

    /// Leaves the queue, or acknowledges an offer.
    pub(super) fn leave(&self, ticket: Ticket) {
        let mut queue = self.queue();
        let was_woken = queue.waiting.remove(&ticket).is_none();
        queue.offered -= usize::from(was_woken);
        self.count.store(queue.waiting.len(), Ordering::SeqCst);
    }

    /// Offers `room`, in portions, to the tasks that have waited longest.
    pub(super) fn offer(&self, room: usize, portion: usize) {
        if room < portion || self.count.load(Ordering::SeqCst) == 0 {
            return;
        }
        let mut woken = Vec::new();
        let mut queue = self.queue();
        let most = room / portion.max(1);
        while queue.offered < most {
            let Some((_, waker)) = queue.waiting.pop_first() else {
                break;
            };
            queue.offered += 1;
            woken.push(waker);
        }
        self.count.store(queue.waiting.len(), Ordering::SeqCst);
        drop(queue);
        woken.into_iter().for_each(Waker::wake);
    }

    /// Whether any task waits.
    pub(super) fn are_there(&self) -> bool {
        self.count.load(Ordering::SeqCst) > 0
    }
}
