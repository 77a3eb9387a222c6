//! Statistics of a toxic: counts of what it did, and how accurately the proxy did it.
//!
//! Stages write while others read. Every number is a relaxed atomic that nothing else depends on. A
//! [`Tally`] belongs to one toxic on one connection, a [`Stats`] to a toxic.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use super::histogram::{Histogram, Quantiles};
use super::time::nanos;

/// Counters of what a toxic did.
#[derive(Debug, Default)]
pub struct Tally {
    connections: AtomicU64,
    bytes: AtomicU64,
    delayed: AtomicU64,
    closed: AtomicU64,
    reset: AtomicU64,
    unframed: AtomicU64,
    /// 1 while the toxic waits for its trigger.
    waiting: AtomicU32,
    published: AtomicU64,
}

/// A snapshot of the counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// Connections that it touched: it was shown their bytes or endings while it applied, or it
    /// ended them. Each connection counts once, however often the toxic is removed and added again.
    pub connections: u64,
    /// Bytes that it was shown.
    pub bytes: u64,
    /// Chunks and endings that left later than they arrived because of the toxic.
    pub delayed: u64,
    /// Connections that it closed, or of which it ended one direction.
    pub closed: u64,
    /// Connections that it reset.
    pub reset: u64,
    /// Bytes that passed without being shown to it, because they could not be framed.
    pub unframed: u64,
}

/// An increment of one of the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hit {
    Connection,
    Bytes(usize),
    Delayed,
    Closed,
    Reset,
    Unframed(usize),
}

impl Tally {
    /// The counts so far.
    pub fn hits(&self) -> Hits {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Hits {
            connections: read(&self.connections),
            bytes: read(&self.bytes),
            delayed: read(&self.delayed),
            closed: read(&self.closed),
            reset: read(&self.reset),
            unframed: read(&self.unframed),
        }
    }

    fn count(&self, hit: Hit) -> (&AtomicU64, u64) {
        match hit {
            Hit::Connection => (&self.connections, 1),
            Hit::Bytes(count) => (&self.bytes, count as u64),
            Hit::Delayed => (&self.delayed, 1),
            Hit::Closed => (&self.closed, 1),
            Hit::Reset => (&self.reset, 1),
            Hit::Unframed(count) => (&self.unframed, count as u64),
        }
    }

    /// Whether the toxic waits for its trigger on the connection.
    pub fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) != 0
    }

    /// The number that the toxic shows about the connection; 0 if it has shown none.
    pub fn published(&self) -> u64 {
        self.published.load(Ordering::Relaxed)
    }

    pub(super) fn publish(&self, number: u64) {
        self.published.store(number, Ordering::Relaxed);
    }

    pub(super) fn set_waiting(&self, waiting: bool) {
        self.waiting.store(waiting.into(), Ordering::Relaxed);
    }

    /// Adds to a counter that several threads write.
    fn add(&self, hit: Hit) {
        let (count, by) = self.count(hit);
        count.fetch_add(by, Ordering::Relaxed);
    }

    /// Adds to a counter that has no other writer, which is cheaper.
    pub(super) fn add_alone(&self, hit: Hit) {
        let (count, by) = self.count(hit);
        count.store(count.load(Ordering::Relaxed) + by, Ordering::Relaxed);
    }
}

/// What a toxic did on all connections, and how accurately. Times are in ns, rates in bytes/s.
#[derive(Debug, Default)]
pub struct Stats {
    hits: Tally,
    /// Allocated at the first measurement; most toxics never measure anything.
    delays: OnceLock<Box<Delays>>,
    rates: OnceLock<Box<Histogram>>,
    asked_rate: AtomicU64,
}

#[derive(Debug, Default)]
struct Delays {
    asked: Histogram,
    achieved: Histogram,
    late: Histogram,
}

/// How accurately a toxic was carried out, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accuracy {
    /// Requested delays, in ns; `None` if nothing was delayed.
    pub asked: Option<Quantiles>,
    /// Achieved delays, in ns, without waits for a slow receiver.
    pub achieved: Option<Quantiles>,
    /// How late items left that were due at a certain moment, in ns.
    pub late: Option<Quantiles>,
    /// The most recently requested rate, in bytes/s; `None` if none was measured.
    pub asked_rate: Option<u64>,
    /// Rates achieved since that rate was requested, in bytes/s. Each is measured over a window of
    /// 100 ms without a pause.
    pub achieved_rate: Option<Quantiles>,
}

/// The time over which a rate is measured. It is longer if a single piece takes longer.
pub const RATE_WINDOW: Duration = Duration::from_millis(100);
/// Lateness (p99) up to this is tolerated, whatever delay was requested.
pub const TOLERATED: Duration = Duration::from_millis(5);

impl Accuracy {
    /// Whether anything was measured. If not, there is no accuracy to judge.
    pub fn is_known(&self) -> bool {
        self.late.is_some() || self.achieved_rate.is_some()
    }

    /// Whether the proxy did what was requested. First, 99 of 100 pieces were late by at most 5 ms
    /// or a tenth of the median delay, whichever is more. Second, the median rate is within 5 % of
    /// the requested one. If not, the machine was too busy for the results to be trusted.
    pub fn within_tolerance(&self) -> bool {
        let asked = self.asked.map_or(0, |asked| asked.p50);
        let tolerated = u64::try_from(TOLERATED.as_nanos()).unwrap_or(u64::MAX);
        let in_time = self
            .late
            .is_none_or(|late| late.p99 <= tolerated.max(asked / 10));
        let (Some(asked), Some(rate)) = (self.asked_rate, self.achieved_rate) else {
            return in_time;
        };
        in_time && rate.p50.abs_diff(asked) <= asked / 20
    }
}

impl Stats {
    /// A snapshot of the counters.
    pub fn hits(&self) -> Hits {
        self.hits.hits()
    }

    /// The accuracy so far.
    pub fn exactness(&self) -> Accuracy {
        let delays = self.delays.get();
        let seen = |histogram: &Histogram| Some(histogram.quantiles()).filter(|q| q.count > 0);
        let achieved_rate = self.rates.get().and_then(|rates| seen(rates));
        Accuracy {
            asked: delays.and_then(|delays| seen(&delays.asked)),
            achieved: delays.and_then(|delays| seen(&delays.achieved)),
            late: delays.and_then(|delays| seen(&delays.late)),
            asked_rate: achieved_rate.map(|_| self.asked_rate.load(Ordering::Relaxed)),
            achieved_rate,
        }
    }

    pub(super) fn add(&self, hit: Hit) {
        self.hits.add(hit);
    }

    /// Counts a connection that the toxic touched, for a toxic that acts without a stage.
    pub fn count_connection(&self) {
        self.add(Hit::Connection);
    }

    /// Counts a connection that the toxic closed, for a toxic that acts without a stage.
    pub fn count_closed(&self) {
        self.add(Hit::Closed);
    }

    pub(super) fn add_delay(&self, asked: Duration, late: Duration) {
        let delays = self.delays.get_or_init(Box::default);
        delays.asked.record(nanos(asked));
        delays.achieved.record(nanos(asked.saturating_add(late)));
        delays.late.record(nanos(late));
    }

    pub(super) fn add_lateness(&self, late: Duration) {
        self.delays
            .get_or_init(Box::default)
            .late
            .record(nanos(late));
    }

    pub(super) fn add_rate(&self, asked: u64, achieved: u64) {
        let rates = self.rates.get_or_init(Box::default);
        let before = self.asked_rate.swap(asked, Ordering::Relaxed);
        // Rates measured under another requested rate say nothing about this one. A difference of
        // up to 1 % is rounding, not another rate.
        if before.abs_diff(asked) > asked / 100 {
            rates.clear();
        }
        rates.record(achieved);
    }
}
