//! `latency` delays every chunk by a time counted from its arrival.

use std::time::Duration;

use crate::engine::{Chunk, ConnectFault, DrawKey, Moment, Outlet, Toxic};
use crate::toxics::attribute::Attribute;
use crate::toxics::attribute::Type;
use crate::toxics::error::AttributeError;
use crate::toxics::kind::ToxicKind;
use crate::toxics::values::Values;

/// The largest jitter: twice its value must fit in a 64-bit integer, as in Toxiproxy.
const MAX_JITTER: i64 = i64::MAX / 2;

/// Delays every chunk by `latency` ms, plus or minus up to `jitter` ms, counted from its arrival.
/// The end of the stream is not delayed itself, but stays behind the data.
#[derive(Debug)]
pub struct Latency {
    latency_ms: i64,
    jitter_ms: i64,
}

impl ToxicKind for Latency {
    const NAME: &'static str = "latency";
    const ABOUT: &'static str = "Delays data by latency +/- jitter.";
    const DETAILS: &'static str = "Delays data. Each chunk leaves `latency` ms after it reached this toxic, changed by a \
        jitter that is drawn evenly from [-jitter, +jitter] ms; a delay below 0 acts like 0. \
        Order is kept. Delays of several toxics add up. The end of the stream follows the last \
        data and is not delayed on its own. In the phase `connect` the dial is delayed instead.";

    fn attributes() -> Vec<Attribute> {
        let jitter = Attribute::new("jitter", Type::integer(i64::MIN..=MAX_JITTER));
        vec![
            Attribute::lenient("latency", "ms")
                .about("the delay of every chunk")
                .example(100),
            jitter
                .sensible(0..=MAX_JITTER)
                .unit("ms")
                .about("up to this is added or taken away, evenly")
                .default(0)
                .example(10),
        ]
    }

    fn from_values(values: &Values) -> Result<Self, AttributeError> {
        Ok(Latency {
            latency_ms: values.integer("latency"),
            jitter_ms: values.integer("jitter").max(0),
        })
    }
}

impl Latency {
    /// The delay for a draw in [0, 1).
    fn delay(&self, draw: f64) -> Duration {
        const NANOS: i128 = 1_000_000;
        let mut delay = i128::from(self.latency_ms) * NANOS;
        if self.jitter_ms > 0 {
            let width = 2.0 * self.jitter_ms as f64 * NANOS as f64;
            delay += (draw * width) as i128 - i128::from(self.jitter_ms) * NANOS;
        }
        Duration::from_nanos(u64::try_from(delay.max(0)).unwrap_or(u64::MAX))
    }
}

impl Toxic for Latency {
    type Memory = ();

    /// Unlimited here; the link's own limit on reading applies. Delayed data does not occupy the
    /// link, so a limit here would become a rate limit that nobody requested.
    fn backlog(&self) -> usize {
        usize::MAX
    }

    fn on_connect(&self, draw: DrawKey, _: Moment) -> Option<ConnectFault> {
        Some(ConnectFault::Delay(self.delay(draw.unit())))
    }

    fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
        let delay = self.delay(out.draw(chunk.offset).unit());
        out.send_at(chunk.arrived + delay, chunk);
    }
}
