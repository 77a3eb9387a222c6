//! `bandwidth` limits the rate at which bytes leave.
//!
//! A plain limit is per connection and needs no state: each piece takes its time behind the one
//! before it. With `shared`, `group`, `burst` or `trace`, pieces leave at times that are reserved in
//! a [`TokenBucket`]: one per connection, per toxic or per group.

mod attributes;

use std::sync::Arc;
use std::time::Duration;

use crate::engine::{BACKLOG, Chunk, Moment, Outlet, Toxic};
use crate::toxics::attribute::Attribute;
use crate::toxics::error::AttributeError;
use crate::toxics::kind::{SharedRate, ToxicKind};
use crate::toxics::rate::{Limit, Slot, TokenBucket};
use crate::toxics::values::Values;

/// At this rate (KB/s) and above, bytes leave in pieces worth [`FINE_MS`].
const FINE_FROM: u64 = 100;
const FINE_MS: u64 = 4;
/// Below that, bytes leave in pieces worth 100 ms, as in Toxiproxy.
const COARSE_MS: u64 = 100;
/// The backlog in ms worth of data, so that a fast link is never idle while it waits for a read.
const BACKLOG_MS: u64 = 20;
const MAX_BACKLOG: usize = 4 * 1024 * 1024;

/// Lets `rate` KB/s through (1 KB = 1000 bytes). Rate 0 lets nothing through and keeps all data.
#[derive(Debug)]
pub struct Bandwidth {
    /// In KB/s, which is the same as bytes per ms.
    rate: u64,
    backlog: usize,
    /// Present if pieces leave at reserved times.
    reserving: Option<Box<Reserving>>,
}

/// How bytes leave at reserved times.
#[derive(Debug)]
struct Reserving {
    limit: Limit,
    /// Present if connections share the rate.
    shared: Option<Arc<TokenBucket>>,
}

/// What a link remembers of its reservations.
#[derive(Debug, Default)]
pub struct Reservations {
    /// The bucket of this connection, if it does not share one.
    own: TokenBucket,
    /// The bucket that `slot` is from, if it is a shared one.
    from: Option<Arc<TokenBucket>>,
    /// The last reservation, without the bytes that are in the schedule or have left.
    slot: Slot,
    /// When the time of the piece in the schedule begins; the end of the reservation if none is
    /// there.
    piece_from: Moment,
}

impl ToxicKind for Bandwidth {
    const NAME: &'static str = "bandwidth";
    const ABOUT: &'static str = "Limits each connection to a rate; 0 stalls it and keeps the data.";
    const DETAILS: &'static str = "Limits the rate of data. `rate` 0, the default, stalls the stream and keeps the data: it \
        flows again once the toxic is removed or given a rate. `shared` and `group` divide the rate fairly among \
        connections, `burst` lets so many bytes pass at once after a pause, and `trace` repeats a recorded rate over time.";

    fn attributes() -> Vec<Attribute> {
        attributes::all()
    }

    fn from_values(values: &Values) -> Result<Self, AttributeError> {
        Bandwidth::sharing(values, &Arc::default())
    }
}

/// How a [`Kind`](crate::toxics::Kind) gives connections, proxies and changes of a toxic one rate.
pub(super) const SHARED_RATE: SharedRate = SharedRate {
    group: attributes::group,
    build: |values, bucket| Ok(Arc::new(Bandwidth::sharing(values, bucket)?)),
};

impl Bandwidth {
    /// Creates the toxic with the bucket of all its connections, which it uses only if they share
    /// the rate.
    ///
    /// # Errors
    /// The values contradict each other.
    fn sharing(values: &Values, bucket: &Arc<TokenBucket>) -> Result<Self, AttributeError> {
        let trace = attributes::trace(values)?;
        let rate = values.count("rate");
        let is_shared = values.boolean("shared") || attributes::group(values).is_some();
        let burst = values.count("burst");
        let reserving = (is_shared || burst > 0 || trace.is_some()).then(|| {
            Box::new(Reserving {
                limit: match trace {
                    Some(trace) => Limit::varying(trace, burst),
                    None => Limit::constant(rate, burst),
                },
                shared: is_shared.then(|| Arc::clone(bucket)),
            })
        });
        let backlog = match &reserving {
            Some(reserving) => reserving.limit.most_bytes_in(BACKLOG_MS),
            None => rate.saturating_mul(BACKLOG_MS),
        };
        let backlog = usize::try_from(backlog).unwrap_or(usize::MAX);
        Ok(Bandwidth {
            rate,
            backlog: backlog.clamp(BACKLOG, MAX_BACKLOG),
            reserving,
        })
    }

    fn piece(&self) -> usize {
        let ms = if self.rate < FINE_FROM {
            COARSE_MS
        } else {
            FINE_MS
        };
        usize::try_from(self.rate.saturating_mul(ms)).unwrap_or(usize::MAX)
    }

    fn time_of(&self, bytes: usize) -> Duration {
        let nanos = bytes as u128 * 1_000_000 / u128::from(self.rate.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl Reserving {
    fn bucket<'a>(&'a self, own: &'a TokenBucket) -> &'a TokenBucket {
        self.shared.as_deref().unwrap_or(own)
    }

    /// Sends a piece of the chunk at a reserved time, and keeps the rest.
    ///
    /// A reservation is also for chunks that wait behind this one, so that a link with small chunks
    /// gets as much as one with large chunks.
    fn send(&self, memory: &mut Reservations, mut chunk: Chunk, out: &mut Outlet<'_>) {
        if self.limit.is_still() {
            return out.hold_for_retry(chunk);
        }
        if memory.slot.bytes == 0 {
            let most = self.limit.most_bytes();
            let wanted = chunk.bytes.len() + out.waiting(most.saturating_sub(chunk.bytes.len()));
            let bucket = self.bucket(&memory.own);
            memory.slot = bucket.reserve(&self.limit, out.event_time(), wanted as u64);
            memory.remember(self.shared.as_ref());
        }
        memory.piece_from = memory.slot.from;
        let (size, at, takes) = memory.slot.take(chunk.bytes.len());
        let piece = chunk.split_to(size);
        out.send_reserved(at, takes, piece);
        if chunk.bytes.is_empty() {
            out.report_sent();
        }
        out.put_back(chunk);
    }
}

impl Reservations {
    /// Gives back the time of what has not left. `now` may be earlier than it is.
    fn give_back(&mut self, now: Moment) {
        let from = self.from.as_deref().unwrap_or(&self.own);
        from.give_back(self.piece_from, self.slot.until, now);
        self.slot = Slot::default();
        self.piece_from = Moment::ORIGIN;
    }

    fn remember(&mut self, shared: Option<&Arc<TokenBucket>>) {
        let same = match (&self.from, shared) {
            (Some(from), Some(shared)) => Arc::ptr_eq(from, shared),
            (None, None) => true,
            _ => false,
        };
        if !same {
            self.from = shared.map(Arc::clone);
        }
    }
}

/// The connection has ended. Its own bucket ends with it, and others have a use for what is left of
/// theirs.
impl Drop for Reservations {
    fn drop(&mut self) {
        if self.from.is_some() {
            self.give_back(Moment::ORIGIN);
        }
    }
}

impl Toxic for Bandwidth {
    type Memory = Reservations;

    fn backlog(&self) -> usize {
        self.backlog
    }

    fn on_data(&self, memory: &mut Reservations, mut chunk: Chunk, out: &mut Outlet<'_>) {
        if let Some(reserving) = &self.reserving {
            return reserving.send(memory, chunk, out);
        }
        if self.rate == 0 {
            return out.park(chunk);
        }
        let piece = chunk.split_to(self.piece());
        out.send_taking(self.time_of(piece.bytes.len()), piece);
        out.defer_rest(chunk);
    }

    fn on_attach(&self, memory: &mut Reservations, out: &mut Outlet<'_>) {
        memory.give_back(out.event_time());
        if let Some(reserving) = &self.reserving {
            let bucket = reserving.bucket(&memory.own);
            bucket.begin(&reserving.limit, out.event_time());
        }
    }

    /// The bytes of the last reservation that have not left are shown again, and reserve anew.
    fn on_revise(&self, memory: &mut Reservations, out: &mut Outlet<'_>) {
        self.on_attach(memory, out);
    }

    /// The piece in the schedule has left.
    fn on_sent(&self, memory: &mut Reservations, _: &mut Outlet<'_>) {
        memory.piece_from = memory.slot.from;
    }

    fn on_detach(&self, memory: &mut Reservations, out: &mut Outlet<'_>) {
        memory.give_back(out.event_time());
    }
}
