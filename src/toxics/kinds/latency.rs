//! `latency` delays every chunk by a time counted from its arrival.

mod attributes;
mod draws;
mod wave;

use std::time::Duration;

use self::attributes::Varies;
use self::draws::{Draws, LastDraw, Per};
use self::wave::Wave;
use crate::engine::{Chunk, ConnectFault, DrawKey, Moment, Outlet, Toxic};
use crate::toxics::attribute::Attribute;
use crate::toxics::error::AttributeError;
use crate::toxics::kind::ToxicKind;
use crate::toxics::values::Values;

const NANOS_IN_MS: i64 = 1_000_000;

/// Delays every chunk by `latency` ms plus what it draws, counted from its arrival. The end of the
/// stream is not delayed itself, but stays behind the data.
#[derive(Debug)]
pub struct Latency {
    latency_ms: i64,
    varies: Varies,
    draws: Draws,
    wave: Option<Wave>,
}

impl ToxicKind for Latency {
    const NAME: &'static str = "latency";
    const ABOUT: &'static str = "Delays data by latency +/- jitter.";
    const DETAILS: &'static str = "Delays data. Each chunk leaves `latency` ms after it reached this toxic, changed by a \
        jitter that is drawn evenly from [-jitter, +jitter] ms, or by a draw of `distribution`, and by \
        `wave`; a delay below 0 acts like 0. Order is kept. Delays of several toxics add up. The end of the stream follows the last \
        data and is not delayed on its own. In the phase `connect` the dial is delayed instead.";

    fn attributes() -> Vec<Attribute> {
        attributes::attributes()
    }

    fn from_values(values: &Values) -> Result<Self, AttributeError> {
        let varies = attributes::varies(values)?;
        Ok(Latency {
            latency_ms: values.integer("latency"),
            draws: attributes::draws(values, &varies)?,
            wave: attributes::wave(values)?,
            varies,
        })
    }
}

impl Latency {
    /// The delay of what arrived at this moment, for a draw in [0, 1).
    fn delay(&self, arrived: Moment, draw: impl FnOnce() -> f64) -> Duration {
        let mut delay = i128::from(self.latency_ms) * i128::from(NANOS_IN_MS);
        delay += match &self.varies {
            Varies::Not => 0,
            Varies::Jitter(jitter) => spread(*jitter, draw()),
            Varies::By(distribution) => {
                let ms = distribution.quantile(draw());
                i128::from((ms * NANOS_IN_MS as f64) as i64)
            }
        };
        if let Some(wave) = &self.wave {
            delay += i128::from(wave.at(arrived) as i64);
        }
        Duration::from_nanos(u64::try_from(delay.max(0)).unwrap_or(u64::MAX))
    }
}

/// A time in ns between `-jitter_ms` and `jitter_ms`, at this part of the way.
fn spread(jitter_ms: i64, draw: f64) -> i128 {
    let width = 2.0 * jitter_ms as f64 * NANOS_IN_MS as f64;
    (draw * width) as i128 - i128::from(jitter_ms) * i128::from(NANOS_IN_MS)
}

impl Toxic for Latency {
    type Memory = LastDraw;

    /// Unlimited here; the link's own limit on reading applies. Delayed data does not occupy the
    /// link, so a limit here would become a rate limit that nobody requested.
    fn backlog(&self) -> usize {
        usize::MAX
    }

    fn on_connect(&self, draw: DrawKey, now: Moment) -> Option<ConnectFault> {
        Some(ConnectFault::Delay(self.delay(now, || draw.unit())))
    }

    fn wants_messages(&self) -> bool {
        self.draws.per == Per::Message
    }

    fn on_data(&self, last: &mut LastDraw, chunk: Chunk, out: &mut Outlet<'_>) {
        let delay = self.delay(chunk.arrived, || self.draws.draw(last, &chunk, out));
        out.send_at(chunk.arrived + delay, chunk);
    }
}
