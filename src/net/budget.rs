//! Limits how many bytes may be buffered inside the proxy: per link, and over all links.
//!
//! A link at its limit stops reading, which is TCP backpressure; no data is ever dropped. Every link
//! may always buffer [`FREE`] bytes, so a few links with large buffers cannot stall the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;

use tokio::sync::Notify;

use super::log_throttle::LogThrottle;
use super::waiters::{Ticket, Waiters};

/// Default limit on bytes buffered in one direction of a connection.
pub const LINK_LIMIT: usize = 128 * 1024 * 1024;
/// Default limit on bytes buffered in all connections together.
pub const TOTAL_LIMIT: usize = 1024 * 1024 * 1024;
/// Bytes that each link may buffer without counting towards the total.
pub const FREE: usize = 64 * 1024;

/// Memory that toxics may always use on connections, however low the total limit is.
pub const LEAST_TOXICS: usize = 16 * 1024 * 1024;
/// Bytes offered to each waiting link.
const PORTION: usize = 64 * 1024;

/// After buffering this many bytes, it is worth returning freed memory to the system.
const MUCH: usize = 16 * 1024 * 1024;

/// The limits, and how much of the total is in use. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Budget {
    link: usize,
    total: usize,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    taken: AtomicUsize,
    /// Bytes of memory that toxics use on connections.
    toxics: AtomicUsize,
    /// Throttles the warning about connections refused for lack of this memory.
    refused: LogThrottle,
    /// Notified when `taken` rises to [`MUCH`].
    much: Notify,
    /// Links blocked on the total limit.
    waiters: Waiters,
}

impl Default for Shared {
    fn default() -> Self {
        Shared {
            taken: AtomicUsize::new(0),
            toxics: AtomicUsize::new(0),
            refused: LogThrottle::new(|connections| {
                tracing::warn!(
                    connections,
                    "as many connections more were refused, for want of memory for their toxics"
                );
            }),
            much: Notify::new(),
            waiters: Waiters::default(),
        }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Budget::new(LINK_LIMIT, TOTAL_LIMIT)
    }
}

impl Budget {
    /// Creates a budget with limits in bytes: per link, and in total.
    pub fn new(link: usize, total: usize) -> Self {
        Budget {
            link,
            total,
            shared: Arc::default(),
        }
    }

    /// Bytes now buffered in all links, without the `FREE` bytes of each link.
    pub fn taken(&self) -> usize {
        self.shared.taken.load(Ordering::Relaxed)
    }

    /// Bytes of memory that toxics use on all connections, not counting buffered data.
    pub fn toxics(&self) -> usize {
        self.shared.toxics.load(Ordering::Relaxed)
    }

    /// The limit on the memory of toxics: the total limit, but at least 16 MiB.
    pub fn most_toxics(&self) -> usize {
        self.total.max(LEAST_TOXICS)
    }

    /// Whether toxics may use `more` bytes in addition. Zero bytes are always allowed.
    pub fn admits_toxics(&self, more: usize) -> bool {
        more == 0 || self.toxics().saturating_add(more) <= self.most_toxics()
    }

    /// Whether a new connection may use `more` bytes for its toxics. Refusals are logged once a burst,
    /// and connections admitted in between do not end the burst.
    pub(super) fn admits_connection(&self, more: usize) -> bool {
        let admitted = self.admits_toxics(more);
        if !admitted && self.shared.refused.is_first("") {
            tracing::warn!(
                limit = self.most_toxics(),
                "the memory for toxics on connections is used up; connections through toxics are refused: \
                remove toxics, or start the server with a higher -total-buffer"
            );
        }
        admitted
    }

    /// Waits until at least `MUCH` bytes are in use.
    pub(super) async fn much(&self) {
        self.shared.much.notified().await;
    }

    /// The bytes left of the total limit.
    fn left(&self) -> usize {
        self.total
            .saturating_sub(self.shared.taken.load(Ordering::SeqCst))
    }

    /// Offers the remaining bytes to waiting links. Without waiters this costs one atomic load.
    fn offer(&self) {
        let waiters = &self.shared.waiters;
        if waiters.are_there() {
            waiters.offer(self.left(), PORTION.min(self.total / 16).max(1));
        }
    }

    pub(super) fn is_little(&self) -> bool {
        self.taken() < MUCH / 2
    }
}

/// One link's share of the budget, returned on drop.
#[derive(Debug)]
pub(super) struct Charge<'a> {
    budget: &'a Budget,
    bytes: usize,
    // 32 bits, like the ticket, to keep connections small.
    toxics: u32,
    /// The link's position in the queue of waiting links.
    ticket: Option<Ticket>,
}

/// Whether, and how much, a link may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Capacity {
    /// It may read this many bytes.
    Bytes(usize),
    /// The link is at its own limit, and must first send some of its bytes.
    Full,
    /// The total limit is reached, and other links must first release bytes: [`Charge::wait`].
    GlobalLimit,
}

impl<'a> Charge<'a> {
    pub(super) fn new(budget: &'a Budget) -> Self {
        Charge {
            budget,
            bytes: 0,
            toxics: 0,
            ticket: None,
        }
    }

    /// Records that the link now buffers `bytes`.
    pub(super) fn set(&mut self, bytes: usize) {
        if bytes == self.bytes {
            return;
        }
        let counted = |bytes: usize| bytes.saturating_sub(FREE);
        let (before, after) = (counted(self.bytes), counted(bytes));
        self.bytes = bytes;
        let shared = &self.budget.shared;
        if after > before {
            let more = after - before;
            let taken = shared.taken.fetch_add(more, Ordering::Relaxed);
            if taken < MUCH && taken + more >= MUCH {
                shared.much.notify_one();
            }
        } else if after < before {
            // Release before checking for waiters: a link enters the queue first and checks for
            // capacity afterwards, so one of the two sees the other.
            shared.taken.fetch_sub(before - after, Ordering::SeqCst);
            self.budget.offer();
        }
    }

    /// Queues the link to be woken when other links release bytes. Returns whether bytes are
    /// available already.
    pub(super) fn wait(&mut self, waker: &Waker) -> bool {
        let waiters = &self.budget.shared.waiters;
        self.ticket = Some(waiters.wait(self.ticket, waker));
        self.shared() > 0
    }

    /// Leaves the queue. Offers what remains to the next waiting link.
    pub(super) fn stop_waiting(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.budget.shared.waiters.leave(ticket);
            self.budget.offer();
        }
    }

    /// Records that the toxics of the link now use `bytes`. They are counted separately from buffered
    /// data: if reading depended on them, a connection could stall for ever.
    pub(super) fn set_toxics(&mut self, bytes: usize) {
        let counted = u32::try_from(bytes).unwrap_or(u32::MAX);
        let before = std::mem::replace(&mut self.toxics, counted) as usize;
        let bytes = counted as usize;
        let all = &self.budget.shared.toxics;
        if bytes > before {
            all.fetch_add(bytes - before, Ordering::Relaxed);
        } else if bytes < before {
            all.fetch_sub(before - bytes, Ordering::Relaxed);
        }
    }

    pub(super) fn room(&self) -> Capacity {
        let free = FREE.min(self.budget.link);
        if self.bytes < free {
            return Capacity::Bytes(free - self.bytes).at_least(self.shared());
        }
        match self.shared() {
            _ if self.bytes >= self.budget.link => Capacity::Full,
            0 => Capacity::GlobalLimit,
            bytes => Capacity::Bytes(bytes),
        }
    }

    fn shared(&self) -> usize {
        let link = self.budget.link.saturating_sub(self.bytes);
        link.min(self.budget.left())
    }
}

impl Capacity {
    fn at_least(self, bytes: usize) -> Self {
        match self {
            Capacity::Bytes(own) => Capacity::Bytes(own.max(bytes)),
            other => other,
        }
    }
}

impl Drop for Charge<'_> {
    fn drop(&mut self) {
        self.set(0);
        self.set_toxics(0);
        self.stop_waiting();
    }
}

#[cfg(test)]
mod tests {
    use std::task::Wake;

    use super::*;

    #[test]
    fn a_link_meets_its_own_limit() {
        let budget = Budget::new(FREE + 100, 1 << 30);
        let mut charge = Charge::new(&budget);
        assert_eq!(charge.room(), Capacity::Bytes(FREE + 100));
        charge.set(FREE + 99);
        assert_eq!(charge.room(), Capacity::Bytes(1));
        charge.set(FREE + 100);
        assert_eq!(charge.room(), Capacity::Full);
        drop(charge);
        assert_eq!(budget.taken(), 0);
    }

    /// Counts its wake-ups.
    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn rung(bells: &[Arc<Bell>]) -> Vec<usize> {
        let rung = |bell: &Arc<Bell>| bell.0.swap(0, Ordering::Relaxed);
        bells.iter().map(rung).collect()
    }

    /// A link that uses up the total limit, and `count` links that wait for it.
    fn crowd(budget: &Budget, count: usize) -> (Charge<'_>, Vec<Charge<'_>>, Vec<Arc<Bell>>) {
        let mut greedy = Charge::new(budget);
        greedy.set(FREE + budget.total);
        let bells: Vec<Arc<Bell>> = (0..count).map(|_| Arc::default()).collect();
        let waiting = bells.iter().map(|bell| {
            let mut charge = Charge::new(budget);
            charge.set(FREE);
            assert_eq!(charge.room(), Capacity::GlobalLimit);
            assert!(!charge.wait(&Arc::clone(bell).into()));
            charge
        });
        let waiting = waiting.collect();
        (greedy, waiting, bells)
    }

    #[test]
    fn room_wakes_those_who_can_use_it_in_order() {
        let budget = Budget::new(1 << 30, 64 * PORTION);
        let (mut greedy, mut waiting, bells) = crowd(&budget, 6);
        greedy.set(greedy.bytes - 100);
        assert_eq!(rung(&bells), [0; 6], "for a few bytes nobody is woken");
        greedy.set(greedy.bytes - 2 * PORTION);
        assert_eq!(rung(&bells), [1, 1, 0, 0, 0, 0]);
        greedy.set(greedy.bytes - 100);
        assert_eq!(
            rung(&bells),
            [0; 6],
            "those who were woken have not looked yet"
        );
        // The first takes more than its portion; two others find nothing and keep their positions.
        let Capacity::Bytes(all) = waiting[0].room() else {
            panic!("no room");
        };
        waiting[0].stop_waiting();
        waiting[0].set(FREE + all);
        assert_eq!(rung(&bells), [0, 0, 1, 0, 0, 0]);
        for woken in [2, 1] {
            assert_eq!(waiting[woken].room(), Capacity::GlobalLimit);
            assert!(!waiting[woken].wait(&Arc::clone(&bells[woken]).into()));
        }
        greedy.set(greedy.bytes - PORTION);
        assert_eq!(rung(&bells), [0, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn what_one_does_not_take_is_offered_to_the_next() {
        let budget = Budget::new(1 << 30, 64 * PORTION);
        let (mut greedy, mut waiting, bells) = crowd(&budget, 4);
        greedy.set(greedy.bytes - PORTION);
        assert_eq!(rung(&bells), [1, 0, 0, 0]);
        waiting[0].stop_waiting();
        assert_eq!(rung(&bells), [0, 1, 0, 0], "it had nothing to read");
        drop(waiting.remove(1));
        assert_eq!(rung(&bells), [0, 0, 1, 0], "its connection has ended");
        drop((greedy, waiting));
        assert_eq!(budget.taken(), 0);
    }

    #[test]
    fn room_that_comes_while_one_queues_up_is_not_missed() {
        const ROUNDS: usize = 300;
        let budget = Budget::new(1 << 30, PORTION);
        for _ in 0..ROUNDS {
            let mut greedy = Charge::new(&budget);
            greedy.set(FREE + PORTION);
            let bell = Arc::new(Bell::default());
            let mut modest = Charge::new(&budget);
            modest.set(FREE);
            let there = std::thread::scope(|scope| {
                scope.spawn(move || drop(greedy));
                modest.wait(&Arc::clone(&bell).into())
            });
            assert!(there || bell.0.load(Ordering::Relaxed) > 0);
        }
    }

    #[test]
    fn past_the_total_every_link_has_a_little() {
        let budget = Budget::new(1 << 30, 1000);
        let mut greedy = Charge::new(&budget);
        greedy.set(FREE + 1000);
        assert_eq!(greedy.room(), Capacity::GlobalLimit);
        let mut modest = Charge::new(&budget);
        assert_eq!(modest.room(), Capacity::Bytes(FREE));
        modest.set(FREE);
        assert_eq!(modest.room(), Capacity::GlobalLimit);
        greedy.set(0);
        assert_eq!(modest.room(), Capacity::Bytes(1000));
    }

    #[test]
    fn toxics_have_a_bound_of_their_own() {
        let budget = Budget::new(1 << 30, 0);
        let mut charge = Charge::new(&budget);
        charge.set_toxics(LEAST_TOXICS);
        assert_eq!(charge.room(), Capacity::Bytes(FREE));
        assert!(!budget.admits_connection(1) && budget.admits_connection(0));
        let told_again = budget.shared.refused.is_first("");
        assert!(!told_again, "a connection without toxics ends no burst");
        charge.set_toxics(LEAST_TOXICS - 1);
        assert!(budget.admits_connection(1));
        drop(charge);
        assert_eq!(budget.toxics(), 0);
    }
}
