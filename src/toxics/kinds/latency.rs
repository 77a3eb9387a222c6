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
pub struct Latency(Delay);

/// How long a chunk is delayed. Most latencies have one of the first two, which cost a chunk nothing
/// that the others need.
#[derive(Debug)]
enum Delay {
    Always(Duration),
    /// Evenly by up to `jitter_ms` more or less than `latency_ms`, for each chunk.
    Jitter {
        latency_ms: i64,
        jitter_ms: i64,
    },
    Shaped(Box<Shaped>),
}

/// A delay of which more is asked than a jitter.
#[derive(Debug)]
struct Shaped {
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
        let latency_ms = values.integer("latency");
        let varies = attributes::varies(values)?;
        let draws = attributes::draws(values, &varies)?;
        let wave = attributes::wave(values)?;
        let is_plain = wave.is_none() && draws == Draws::default();
        Ok(Latency(match varies {
            Varies::Not if is_plain => Delay::Always(duration(in_ns(latency_ms))),
            Varies::Jitter(jitter_ms) if is_plain => Delay::Jitter {
                latency_ms,
                jitter_ms,
            },
            varies => Delay::Shaped(Box::new(Shaped {
                latency_ms,
                varies,
                draws,
                wave,
            })),
        }))
    }
}

impl Shaped {
    /// The delay of what arrived at this moment, for a draw in [0, 1).
    fn delay(&self, arrived: Moment, draw: impl FnOnce() -> f64) -> Duration {
        let mut delay = in_ns(self.latency_ms);
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
        duration(delay)
    }
}

fn in_ns(ms: i64) -> i128 {
    i128::from(ms) * i128::from(NANOS_IN_MS)
}

/// A delay of so many ns. None is below 0.
fn duration(ns: i128) -> Duration {
    Duration::from_nanos(u64::try_from(ns.max(0)).unwrap_or(u64::MAX))
}

/// A time in ns between `-jitter_ms` and `jitter_ms`, at this part of the way.
fn spread(jitter_ms: i64, draw: f64) -> i128 {
    let width = 2.0 * jitter_ms as f64 * NANOS_IN_MS as f64;
    (draw * width) as i128 - in_ns(jitter_ms)
}

impl Toxic for Latency {
    type Memory = LastDraw;

    /// Unlimited here; the link's own limit on reading applies. Delayed data does not occupy the
    /// link, so a limit here would become a rate limit that nobody requested.
    fn backlog(&self) -> usize {
        usize::MAX
    }

    fn on_connect(&self, draw: DrawKey, now: Moment) -> Option<ConnectFault> {
        Some(ConnectFault::Delay(match &self.0 {
            Delay::Always(delay) => *delay,
            Delay::Jitter {
                latency_ms,
                jitter_ms,
            } => duration(in_ns(*latency_ms) + spread(*jitter_ms, draw.unit())),
            Delay::Shaped(shaped) => shaped.delay(now, || draw.unit()),
        }))
    }

    fn wants_messages(&self) -> bool {
        matches!(&self.0, Delay::Shaped(shaped) if shaped.draws.per == Per::Message)
    }

    fn on_data(&self, last: &mut LastDraw, chunk: Chunk, out: &mut Outlet<'_>) {
        let delay = match &self.0 {
            Delay::Always(delay) => *delay,
            Delay::Jitter {
                latency_ms,
                jitter_ms,
            } => {
                let draw = out.draw(chunk.offset).unit();
                duration(in_ns(*latency_ms) + spread(*jitter_ms, draw))
            }
            Delay::Shaped(shaped) => {
                shaped.delay(chunk.arrived, || shaped.draws.draw(last, &chunk, out))
            }
        };
        out.send_at(chunk.arrived + delay, chunk);
    }
}
