//! Requests that come again after an answer with `Retry-After`, and whether they waited for so long.
//!
//! The answers that wait for a retry are in a table of fixed size, in groups of a few slots: a new
//! answer takes the place of the oldest in its group. Every slot is a pair of relaxed atomics. A
//! connection that reads a slot while another writes it may judge a retry by another answer's time,
//! but counts it once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::engine::{Histogram, Moment, Quantiles};

const GROUPS: u64 = 64;
const SLOTS_IN_GROUP: usize = 8;
/// Bits of the time that a client was asked to wait, in ms: up to 4.6 hours. The other 40 bits are
/// when it was asked, in ms, which suffices for 34 years.
const WAIT_BITS: u32 = 24;
const LONGEST_WAIT: u64 = (1 << WAIT_BITS) - 1;
/// Timers of clients that count in whole milliseconds may fire this much early.
const TOLERATED_MS: u64 = 2;

/// Answers that ask clients to come again later, and what clients did about it.
#[derive(Debug)]
pub(super) struct Retries {
    slots: Box<[Slot]>,
    count: AtomicU64,
    early: AtomicU64,
    /// How long after the answer retries came, in ms.
    after: Histogram,
}

/// An answer that waits for a retry. Its request is 0 if it is empty.
#[derive(Debug, Default)]
struct Slot {
    request: AtomicU64,
    /// When the client was asked to wait, and for how long.
    asked: AtomicU64,
}

/// What clients did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetryHits {
    /// Requests that came again after an answer with `Retry-After`.
    pub count: u64,
    /// Those that came earlier than it allowed.
    pub early: u64,
    /// How long after the answer they came, in ms; `None` if there were none.
    pub after_ms: Option<Quantiles>,
}

impl Default for Retries {
    fn default() -> Self {
        let slots = GROUPS as usize * SLOTS_IN_GROUP;
        Retries {
            slots: (0..slots).map(|_| Slot::default()).collect(),
            count: AtomicU64::new(0),
            early: AtomicU64::new(0),
            after: Histogram::default(),
        }
    }
}

impl Retries {
    fn group(&self, request: u64) -> &[Slot] {
        let start = (request % GROUPS) as usize * SLOTS_IN_GROUP;
        let group = self.slots.get(start..start + SLOTS_IN_GROUP);
        group.unwrap_or_default()
    }

    /// A request was answered, and the client was asked to wait.
    pub(super) fn asked_to_wait(&self, request: u64, wait: Duration, now: Moment) {
        let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let asked = (millis(now) << WAIT_BITS) | wait.min(LONGEST_WAIT);
        let age = |slot: &&Slot| match slot.request.load(Ordering::Relaxed) {
            0 => 0,
            _ => (slot.asked.load(Ordering::Relaxed) >> WAIT_BITS) + 1,
        };
        if let Some(slot) = self.group(request).iter().min_by_key(age) {
            slot.asked.store(asked, Ordering::Relaxed);
            slot.request.store(request, Ordering::Relaxed);
        }
    }

    /// A request came. Counts it as a retry if such an answer was given to it and to no other
    /// retry.
    pub(super) fn came(&self, request: u64, now: Moment) {
        for slot in self.group(request) {
            let asked = slot.asked.load(Ordering::Relaxed);
            let (gone, relaxed) = (0, Ordering::Relaxed);
            if slot
                .request
                .compare_exchange(request, gone, relaxed, relaxed)
                .is_ok()
            {
                let after = millis(now).saturating_sub(asked >> WAIT_BITS);
                self.count.fetch_add(1, Ordering::Relaxed);
                self.after.record(after);
                if after + TOLERATED_MS < asked & LONGEST_WAIT {
                    self.early.fetch_add(1, Ordering::Relaxed);
                }
                return;
            }
        }
    }

    pub(super) fn hits(&self) -> RetryHits {
        let after = self.after.quantiles();
        RetryHits {
            count: self.count.load(Ordering::Relaxed),
            early: self.early.load(Ordering::Relaxed),
            after_ms: Some(after).filter(|after| after.count > 0),
        }
    }
}

fn millis(now: Moment) -> u64 {
    now.as_nanos() / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Moment {
        Moment::ORIGIN + Duration::from_millis(ms)
    }

    #[test]
    fn a_retry_is_early_if_it_came_before_it_was_allowed() {
        for (came, early) in [(1000, 1), (2990, 1), (2999, 0), (3000, 0), (9000, 0)] {
            let retries = Retries::default();
            retries.asked_to_wait(7, Duration::from_secs(2), at(1000));
            retries.came(8, at(1500));
            retries.came(7, at(came));
            let hits = retries.hits();
            assert_eq!((hits.count, hits.early), (1, early), "{came}");
            assert_eq!(hits.after_ms.unwrap().max, came - 1000);
        }
    }

    #[test]
    fn each_answer_waits_for_one_retry() {
        let retries = Retries::default();
        for ms in [0, 1] {
            retries.asked_to_wait(7, Duration::ZERO, at(ms));
        }
        for ms in 2..6 {
            retries.came(7, at(ms));
        }
        assert_eq!(retries.hits().count, 2);
    }

    #[test]
    fn the_oldest_answer_makes_room() {
        let retries = Retries::default();
        // All of one group.
        let request = |n: u64| 5 + n * GROUPS;
        for n in 0..=8 {
            retries.asked_to_wait(request(n), Duration::ZERO, at(10 + n));
        }
        retries.came(request(0), at(50));
        assert_eq!(retries.hits().count, 0);
        (1..=8).for_each(|n| retries.came(request(n), at(50)));
        assert_eq!(retries.hits().count, 8);
    }

    #[test]
    fn very_long_waits_stay_very_long() {
        let retries = Retries::default();
        retries.asked_to_wait(7, Duration::MAX, at(0));
        retries.came(7, at(10_000_000));
        assert_eq!(retries.hits().early, 1);
    }
}
