//! A rate, constant or varying, with the depth of its token bucket.

use super::trace::{Trace, UNITS};

/// The time of one reservation, in ns. 250 of them a second are cheap, and each of 60 connections
/// has one four times a second.
const QUANTUM: u128 = 4_000_000;
/// A reservation is for at least this many bytes, unless they take longer than [`MAX_QUANTUM`].
const MIN_BYTES: u128 = 64;
/// 100 ms, as in Toxiproxy, which sends so much at a time.
const MAX_QUANTUM: u128 = 100_000_000;
/// Nanoseconds per millisecond.
const MS: u128 = 1_000_000;

/// Times are in ns since the trace began, plus [`Limit::lead`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::toxics) struct Limit {
    trace: Trace,
    /// The depth of the bucket, in units of work.
    burst: u128,
    /// Whether the rate is a trace, which has a beginning.
    pub(in crate::toxics) varies: bool,
    /// A time before the trace began, in whole periods, in which the bucket was filled.
    pub(in crate::toxics) lead: u128,
}

/// A reservation: until when the rate is used up by it, and for how many bytes it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::toxics) struct Reserved {
    pub(in crate::toxics) from: u128,
    pub(in crate::toxics) until: u128,
    pub(in crate::toxics) bytes: u64,
}

impl Limit {
    /// `rate` is in KB/s, `burst` in bytes.
    pub(in crate::toxics) fn constant(rate: u64, burst: u64) -> Self {
        Limit {
            varies: false,
            ..Limit::varying(Trace::constant(rate.saturating_mul(1000)), burst)
        }
    }

    /// `burst` is in bytes.
    pub(in crate::toxics) fn varying(trace: Trace, burst: u64) -> Self {
        let burst = u128::from(burst) * UNITS;
        Limit {
            lead: trace.whole_periods_of(burst),
            trace,
            burst,
            varies: true,
        }
    }

    /// Whether nothing ever passes.
    pub(in crate::toxics) fn is_still(&self) -> bool {
        self.trace.is_still()
    }

    /// The bytes that pass in this many milliseconds at the highest rate.
    pub(in crate::toxics) fn most_bytes_in(&self, ms: u64) -> u64 {
        bytes(self.trace.fastest() * u128::from(ms) * MS)
    }

    /// The most bytes that one reservation is for.
    pub(in crate::toxics) fn most_bytes(&self) -> usize {
        let most = quantum(self.trace.fastest()).max(self.burst / UNITS);
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    /// The reservation for up to `wanted` bytes behind those that use the rate up until
    /// `used_until`.
    ///
    /// It does not begin before the time in which a burst accumulated, which is now if there is no
    /// burst, unless it `catches_up` with time that others had reserved and given back. It is for all that has accumulated, or else for one quantum. It ends no later than the
    /// current step of the trace, so that bytes that could leave before a pause do.
    pub(in crate::toxics) fn reserve(
        &self,
        used_until: u128,
        now: u128,
        wanted: u64,
        catches_up: bool,
    ) -> Reserved {
        let done = self.trace.work_until(now);
        let accumulated_from = self.trace.time_of(done.saturating_sub(self.burst));
        let mut from = match catches_up {
            true => used_until,
            false => used_until.max(accumulated_from),
        };
        let work = self.trace.work_until(from);
        if self.trace.stretch_at(from).rate == 0 {
            // The first unit of work after the pause is done a nanosecond after its end.
            from = self.trace.time_of(work + 1).saturating_sub(1);
        }
        let step = self.trace.stretch_at(from);
        let in_step = step.until.saturating_sub(from).saturating_mul(step.rate) / UNITS;
        let accumulated = done.saturating_sub(work) / UNITS;
        let most = quantum(step.rate).min(in_step).max(accumulated).max(1);
        let bytes = u64::try_from(most).unwrap_or(u64::MAX).min(wanted.max(1));
        let until = self.trace.time_of(work + u128::from(bytes) * UNITS);
        Reserved { from, until, bytes }
    }
}

/// The bytes of one quantum at a rate in bytes per second.
fn quantum(rate: u128) -> u128 {
    let worth = |nanos: u128| rate * nanos / UNITS;
    worth(QUANTUM).max(MIN_BYTES.min(worth(MAX_QUANTUM)))
}

fn bytes(work: u128) -> u64 {
    u64::try_from(work / UNITS).unwrap_or(u64::MAX)
}
