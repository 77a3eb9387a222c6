//! `bandwidth` limits the rate at which bytes leave.

use std::time::Duration;

use crate::engine::{BACKLOG, Chunk, Outlet, Toxic};
use crate::toxics::attribute::Attribute;
use crate::toxics::attribute::Type;
use crate::toxics::error::AttributeError;
use crate::toxics::kind::ToxicKind;
use crate::toxics::values::Values;

/// At this rate (KB/s) and above, bytes leave in pieces worth [`FINE_MS`].
const FINE_FROM: u64 = 100;
const FINE_MS: u64 = 4;
/// Below that, bytes leave in pieces worth 100 ms, as in Toxiproxy.
const COARSE_MS: u64 = 100;
/// The backlog in ms worth of data, so that a fast link is never idle while it waits for a read.
const BACKLOG_MS: u64 = 20;
const MAX_BACKLOG: usize = 4 * 1024 * 1024;

/// Lets `rate` KB/s through on each connection (1 KB = 1000 bytes). Rate 0 lets nothing through and
/// keeps all data.
#[derive(Debug)]
pub struct Bandwidth {
    /// In KB/s, which is the same as bytes per ms.
    rate: u64,
}

impl ToxicKind for Bandwidth {
    const NAME: &'static str = "bandwidth";
    const ABOUT: &'static str = "Limits each connection to a rate; 0 stalls it and keeps the data.";
    const DETAILS: &'static str = "Limits the rate of data. `rate` 0, the default, stalls the stream and keeps the data: it \
        flows again once the toxic is removed or given a rate.";

    fn attributes() -> Vec<Attribute> {
        // A hundred times the rate must fit in a 64-bit integer, as in Toxiproxy.
        let rate = Attribute::new("rate", Type::integer(0..=i64::MAX / 100));
        vec![
            rate.unit("KB/s")
                .about("1 KB is 1000 bytes; 0 lets nothing through")
                .default(0)
                .example(1000),
        ]
    }

    fn from_values(values: &Values) -> Result<Self, AttributeError> {
        Ok(Bandwidth {
            rate: values.count("rate"),
        })
    }
}

impl Bandwidth {
    fn bytes_in(&self, ms: u64) -> usize {
        usize::try_from(self.rate.saturating_mul(ms)).unwrap_or(usize::MAX)
    }

    fn piece(&self) -> usize {
        let ms = if self.rate < FINE_FROM {
            COARSE_MS
        } else {
            FINE_MS
        };
        self.bytes_in(ms)
    }

    fn time_of(&self, bytes: usize) -> Duration {
        let nanos = bytes as u128 * 1_000_000 / u128::from(self.rate.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl Toxic for Bandwidth {
    type Memory = ();

    fn backlog(&self) -> usize {
        self.bytes_in(BACKLOG_MS).clamp(BACKLOG, MAX_BACKLOG)
    }

    fn on_data(&self, (): &mut (), mut chunk: Chunk, out: &mut Outlet<'_>) {
        if self.rate == 0 {
            return out.park(chunk);
        }
        let piece = chunk.split_to(self.piece());
        out.send_taking(self.time_of(piece.bytes.len()), piece);
        out.defer_rest(chunk);
    }
}
