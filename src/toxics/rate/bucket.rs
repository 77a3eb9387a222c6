//! A token bucket that connections share without a lock.
//!
//! It is the generic cell rate algorithm (ITU-T I.371) as a virtual schedule: all of its state is
//! the moment until which the rate is used up. A connection that has bytes to send reserves time
//! behind that moment with a compare-and-swap, sends the bytes at the end of that time, and only
//! then reserves again. So each connection has at most one reservation, and connections that have
//! bytes alternate: the rate is divided fairly, and none of it is lost while one has bytes. A
//! connection whose receiver does not read reserves nothing, and the others go on.
//!
//! A connection that ends, or leaves the toxic, gives back what it has not used of its reservation.
//! Others may wait behind it, and cannot be told. So until the moment until which the rate was used
//! up before, reservations may begin in the past: who has waited for nothing catches up. What ends
//! has no clock. So a bucket remembers when it was last asked for a reservation, and takes nothing
//! back that had passed then.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::limit::Limit;
use crate::engine::Moment;

/// Buckets keep time in ns from so long before the clock's origin, so that a bucket can be full
/// then.
const BEFORE_ORIGIN: u64 = 1 << 62;

/// The state of a rate: one for each connection, toxic or group. A new one is full.
#[derive(Debug, Default)]
pub struct TokenBucket {
    /// Until when the rate is used up.
    used_until: AtomicU64,
    /// When traces began; 0 if none has.
    began: AtomicU64,
    /// When it was last asked for a reservation.
    asked_at: AtomicU64,
    /// Until when reservations may begin in the past.
    catches_up_until: AtomicU64,
}

/// A reservation: bytes that leave evenly in a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::toxics) struct Slot {
    pub(in crate::toxics) from: Moment,
    pub(in crate::toxics) until: Moment,
    pub(in crate::toxics) bytes: u64,
}

impl TokenBucket {
    /// The toxic begins to act. From now on its trace runs, unless another one runs already.
    pub(in crate::toxics) fn begin(&self, limit: &Limit, now: Moment) {
        self.origin(limit, ticks(now));
    }

    /// Reserves time for some of `wanted` bytes, at least one.
    pub(in crate::toxics) fn reserve(&self, limit: &Limit, now: Moment, wanted: u64) -> Slot {
        let now = ticks(now);
        self.asked_at.fetch_max(now, Ordering::Relaxed);
        let catches_up = now <= self.catches_up_until.load(Ordering::Relaxed);
        let origin = u128::from(self.origin(limit, now));
        let since = |at: u64| (u128::from(at) + limit.lead).saturating_sub(origin);
        let at = |time: u128| {
            let at = time.saturating_add(origin).saturating_sub(limit.lead);
            u64::try_from(at).unwrap_or(u64::MAX)
        };
        let mut used_until = self.used_until.load(Ordering::Relaxed);
        loop {
            let reserved = limit.reserve(since(used_until), since(now), wanted, catches_up);
            let until = at(reserved.until);
            let swapped = self.used_until.compare_exchange_weak(
                used_until,
                until,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            match swapped {
                Ok(_) => {
                    return Slot {
                        from: moment(at(reserved.from)),
                        until: moment(until),
                        bytes: reserved.bytes,
                    };
                }
                Err(other) => used_until = other,
            }
        }
    }

    /// Gives back the time from `from` to `until`, unless it had passed at `now`, or when somebody
    /// last asked for a reservation: then nobody waits for it any more.
    pub(in crate::toxics) fn give_back(&self, from: Moment, until: Moment, now: Moment) {
        let now = ticks(now).max(self.asked_at.load(Ordering::Relaxed));
        if ticks(until) <= now {
            return;
        }
        let span = nanos(until.since(from));
        let used_until = self.used_until.fetch_sub(span, Ordering::Relaxed);
        self.catches_up_until
            .fetch_max(used_until, Ordering::Relaxed);
    }

    /// The time from which a trace is counted; `now` if none has begun. A constant rate has no
    /// beginning.
    fn origin(&self, limit: &Limit, now: u64) -> u64 {
        if !limit.varies {
            return BEFORE_ORIGIN;
        }
        let began = self
            .began
            .compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
        began.map_or_else(|began| began, |_| now)
    }
}

impl Slot {
    /// Uses some of the bytes, up to `wanted`. Returns how many, when they leave, and the time that
    /// they take.
    pub(in crate::toxics) fn take(&mut self, wanted: usize) -> (usize, Moment, Duration) {
        let taken = self.bytes.min(wanted as u64);
        let span = self.until.since(self.from).as_nanos();
        let part = span * u128::from(taken) / u128::from(self.bytes.max(1));
        let takes = Duration::from_nanos(u64::try_from(part).unwrap_or(u64::MAX));
        self.from = self.from + takes;
        self.bytes -= taken;
        (usize::try_from(taken).unwrap_or(wanted), self.from, takes)
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

fn ticks(at: Moment) -> u64 {
    at.as_nanos().saturating_add(BEFORE_ORIGIN)
}

fn moment(ticks: u64) -> Moment {
    Moment::from_nanos(ticks.saturating_sub(BEFORE_ORIGIN))
}
