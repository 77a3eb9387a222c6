//! `slow_close`: the end comes late.

use super::{Attribute, AttributeError, Described, millis, value};
use crate::engine::{Chunk, Ending, Outlet, Toxic};

/// Delays the end of the stream by `delay` ms; data is not delayed.
#[derive(Debug)]
pub struct SlowClose {
    delay: std::time::Duration,
}

impl Described for SlowClose {
    const NAME: &'static str = "slow_close";
    const ABOUT: &'static str = "Delays the closing of the connection.";
    const ATTRIBUTES: &'static [Attribute] = &[Attribute::lenient(
        "delay",
        "ms",
        "how late the end is passed on",
    )];

    fn from_values(values: &[i64]) -> Result<Self, AttributeError> {
        Ok(SlowClose {
            delay: millis(value(values, 0)),
        })
    }
}

impl Toxic for SlowClose {
    type Memory = ();

    fn inspects_data(&self) -> bool {
        false
    }

    fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
        out.send(chunk);
    }

    fn on_end(&self, (): &mut (), ending: Ending, out: &mut Outlet<'_>) {
        out.end_at(out.event_time() + self.delay, ending);
    }
}
