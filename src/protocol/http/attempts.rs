//! How many requests reach the proxy for each request of the application.

use std::sync::atomic::{AtomicU64, Ordering};

use super::fingerprint::Attempt;

/// Keys of requests that are remembered. A newer key with the same place takes it.
const KEYS: u64 = 1024;

/// Counts attempts at requests of applications.
#[derive(Debug)]
pub(super) struct Attempts {
    all: AtomicU64,
    first: AtomicU64,
    keys: Box<[AtomicU64]>,
}

/// How many requests came for each request of the application, where their fields tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttemptHits {
    /// Requests whose fields tell which request of the application they belong to.
    pub all: u64,
    /// Those that were first attempts. `all / first` is the retry amplification.
    pub first: u64,
}

impl Default for Attempts {
    fn default() -> Self {
        Attempts {
            all: AtomicU64::new(0),
            first: AtomicU64::new(0),
            keys: (0..KEYS).map(|_| AtomicU64::new(0)).collect(),
        }
    }
}

impl Attempts {
    pub(super) fn count(&self, attempt: Attempt) {
        let first = match attempt {
            Attempt::Numbered { first } => first,
            Attempt::Keyed(key) => {
                let slot = self.keys.get((key % KEYS) as usize);
                slot.is_some_and(|slot| slot.swap(key, Ordering::Relaxed) != key)
            }
        };
        self.all.fetch_add(1, Ordering::Relaxed);
        self.first.fetch_add(first.into(), Ordering::Relaxed);
    }

    pub(super) fn hits(&self) -> AttemptHits {
        AttemptHits {
            all: self.all.load(Ordering::Relaxed),
            first: self.first.load(Ordering::Relaxed),
        }
    }
}
