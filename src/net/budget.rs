//! How many bytes may wait inside the proxy: a link's, and all links' together.
//!
//! Past a limit nobody reads, which is TCP's own backpressure; nothing is ever thrown away. So that
//! a few links with much to hold cannot bring the others to a halt, [`FREE`] bytes of every link
//! are always allowed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

use super::trim::{self, Tending};
use super::workers::Workers;

/// Bytes that may wait in one direction of a connection, if nothing else is asked for.
pub const LINK_LIMIT: usize = 128 * 1024 * 1024;
/// Bytes that may wait in all connections together, if nothing else is asked for.
pub const TOTAL_LIMIT: usize = 1024 * 1024 * 1024;
/// Bytes of each link that wait outside of the total.
pub const FREE: usize = 64 * 1024;

/// What toxics may take on connections however little may wait.
pub const LEAST_TOXICS: usize = 16 * 1024 * 1024;

/// So many bytes leave memory behind that is worth giving back to the system.
const MUCH: usize = 16 * 1024 * 1024;

/// The limits, and how much of the total is taken. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Budget {
    link: usize,
    total: usize,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    taken: AtomicUsize,
    /// Memory of toxics on connections.
    toxics: AtomicUsize,
    /// Connections are refused because of that.
    refusing: AtomicBool,
    /// Rings when [`MUCH`] is passed.
    much: Notify,
}

impl Default for Budget {
    fn default() -> Self {
        Budget::new(LINK_LIMIT, TOTAL_LIMIT)
    }
}

impl Budget {
    /// Limits in bytes: of a link, and of all together.
    pub fn new(link: usize, total: usize) -> Self {
        Budget {
            link,
            total,
            shared: Arc::default(),
        }
    }

    /// Bytes that wait in all links now, less what is free.
    pub fn taken(&self) -> usize {
        self.shared.taken.load(Ordering::Relaxed)
    }

    /// Bytes of memory that toxics take on all connections, whatever waits in them.
    pub fn toxics(&self) -> usize {
        self.shared.toxics.load(Ordering::Relaxed)
    }

    /// How many that may be: as many as may wait, and at least [`LEAST_TOXICS`].
    pub fn most_toxics(&self) -> usize {
        self.total.max(LEAST_TOXICS)
    }

    /// Whether so many more fit. Zero always do.
    pub fn admits_toxics(&self, more: usize) -> bool {
        more == 0 || self.toxics().saturating_add(more) <= self.most_toxics()
    }

    /// The same for a new connection; the first of many that are refused is told of.
    pub(super) fn admits_connection(&self, more: usize) -> bool {
        let admitted = self.admits_toxics(more);
        let refused_before = self.shared.refusing.swap(!admitted, Ordering::Relaxed);
        if !admitted && !refused_before {
            tracing::warn!(
                limit = self.most_toxics(),
                "the memory for toxics on connections is used up; connections through toxics are refused: \
                remove toxics, or start the server with a higher -total-buffer"
            );
        }
        admitted
    }

    /// Tends the memory behind it, with a task of the workers, until the answer is dropped.
    pub fn tend(&self, workers: &Workers) -> Tending {
        trim::tend(self.clone(), workers)
    }

    /// Waits until much is taken.
    pub(super) async fn much(&self) {
        self.shared.much.notified().await;
    }

    pub(super) fn is_little(&self) -> bool {
        self.taken() < MUCH / 2
    }
}

/// What one link has taken of it; given back when dropped.
#[derive(Debug)]
pub(super) struct Charge<'a> {
    budget: &'a Budget,
    bytes: usize,
    toxics: usize,
}

/// Whether a link may read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// So many bytes more.
    Bytes(usize),
    /// Not before some of its own have left.
    Full,
    /// Not before other links have let go of some; nobody says when that is.
    OthersFull,
}

impl<'a> Charge<'a> {
    pub(super) fn new(budget: &'a Budget) -> Self {
        Charge {
            budget,
            bytes: 0,
            toxics: 0,
        }
    }

    /// Says that the link holds `bytes` now.
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
            shared.taken.fetch_sub(before - after, Ordering::Relaxed);
        }
    }

    /// Says that the toxics of the link take `bytes` now. They are counted apart: nothing that waits
    /// may depend on them, or a connection could stand still for ever.
    pub(super) fn set_toxics(&mut self, bytes: usize) {
        let before = std::mem::replace(&mut self.toxics, bytes);
        let all = &self.budget.shared.toxics;
        if bytes > before {
            all.fetch_add(bytes - before, Ordering::Relaxed);
        } else if bytes < before {
            all.fetch_sub(before - bytes, Ordering::Relaxed);
        }
    }

    pub(super) fn room(&self) -> Room {
        let free = FREE.min(self.budget.link);
        if self.bytes < free {
            return Room::Bytes(free - self.bytes).at_least(self.shared());
        }
        match self.shared() {
            _ if self.bytes >= self.budget.link => Room::Full,
            0 => Room::OthersFull,
            bytes => Room::Bytes(bytes),
        }
    }

    fn shared(&self) -> usize {
        let link = self.budget.link.saturating_sub(self.bytes);
        link.min(self.budget.total.saturating_sub(self.budget.taken()))
    }
}

impl Room {
    fn at_least(self, bytes: usize) -> Self {
        match self {
            Room::Bytes(own) => Room::Bytes(own.max(bytes)),
            other => other,
        }
    }
}

impl Drop for Charge<'_> {
    fn drop(&mut self) {
        self.set(0);
        self.set_toxics(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_meets_its_own_limit() {
        let budget = Budget::new(FREE + 100, 1 << 30);
        let mut charge = Charge::new(&budget);
        assert_eq!(charge.room(), Room::Bytes(FREE + 100));
        charge.set(FREE + 99);
        assert_eq!(charge.room(), Room::Bytes(1));
        charge.set(FREE + 100);
        assert_eq!(charge.room(), Room::Full);
        drop(charge);
        assert_eq!(budget.taken(), 0);
    }

    #[test]
    fn past_the_total_every_link_has_a_little() {
        let budget = Budget::new(1 << 30, 1000);
        let mut greedy = Charge::new(&budget);
        greedy.set(FREE + 1000);
        assert_eq!(greedy.room(), Room::OthersFull);
        let mut modest = Charge::new(&budget);
        assert_eq!(modest.room(), Room::Bytes(FREE));
        modest.set(FREE);
        assert_eq!(modest.room(), Room::OthersFull);
        greedy.set(0);
        assert_eq!(modest.room(), Room::Bytes(1000));
    }

    #[test]
    fn toxics_have_a_bound_of_their_own() {
        let budget = Budget::new(1 << 30, 0);
        let mut charge = Charge::new(&budget);
        charge.set_toxics(LEAST_TOXICS);
        assert_eq!(charge.room(), Room::Bytes(FREE));
        assert!(!budget.admits_connection(1) && budget.admits_connection(0));
        charge.set_toxics(LEAST_TOXICS - 1);
        assert!(budget.admits_connection(1));
        drop(charge);
        assert_eq!(budget.toxics(), 0);
    }
}
