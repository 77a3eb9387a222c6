//! Who waits for room in what all share, in the order in which they came.
//!
//! Room is offered to as few as can use it: one for each portion of it, so that
//! thousands are not woken for what one of them takes, and nobody for a few bytes. Whoever was woken
//! says what became of the offer; what was not taken is offered to the next.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;

use parking_lot::{Mutex, MutexGuard};

/// A place in the queue; lower ones came before.
pub(super) type Ticket = NonZero<u32>;

#[derive(Debug, Default)]
pub(super) struct Waiters {
    /// How many are in the queue, for those who make room: they need no lock while nobody is.
    count: AtomicUsize,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: BTreeMap<Ticket, Waker>,
    last: u32,
    /// Those who were woken and have not looked yet.
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

    /// Queues up, or keeps the place that `ticket` has. Look for room afterwards: who makes some
    /// looks for waiters after that, so that one of both sees the other.
    pub(super) fn wait(&self, ticket: Option<Ticket>, waker: &Waker) -> Ticket {
        let mut queue = self.queue();
        let is_new = ticket.is_none();
        let ticket = ticket.unwrap_or_else(|| queue.next_ticket());
        let was_woken = queue.waiting.insert(ticket, waker.clone()).is_none() && !is_new;
        queue.offered -= usize::from(was_woken);
        self.count.store(queue.waiting.len(), Ordering::SeqCst);
        ticket
    }

    /// Leaves the queue, or says that an offer was looked at.
    pub(super) fn leave(&self, ticket: Ticket) {
        let mut queue = self.queue();
        let was_woken = queue.waiting.remove(&ticket).is_none();
        queue.offered -= usize::from(was_woken);
        self.count.store(queue.waiting.len(), Ordering::SeqCst);
    }

    /// There is `room`: it is offered, in portions, to those who have waited longest.
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

    /// Whether anybody waits.
    pub(super) fn are_there(&self) -> bool {
        self.count.load(Ordering::SeqCst) > 0
    }
}
