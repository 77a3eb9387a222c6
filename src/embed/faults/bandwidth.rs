//! A limit of the rate.

use std::time::Duration;

use super::fault::{Fault, IntoFault};
use crate::toxics::Value;

/// Limits the rate of each connection, or of all together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bandwidth {
    rate: u32,
    burst: u32,
    shared: bool,
}

impl Bandwidth {
    /// At most `rate` KB/s (1 KB = 1000 bytes); 0 stops each connection and keeps its data.
    pub fn kilobytes_per_second(rate: u32) -> Self {
        Bandwidth {
            rate,
            burst: 0,
            shared: false,
        }
    }

    /// Lets so many bytes pass at once when the rate was not used before. At most 1 GB.
    #[must_use]
    pub fn burst(self, bytes: u32) -> Self {
        Bandwidth {
            burst: bytes,
            ..self
        }
    }

    /// All connections of the proxy share the rate, in equal parts.
    #[must_use]
    pub fn shared(self) -> Self {
        Bandwidth {
            shared: true,
            ..self
        }
    }

    /// All faults with this group share the rate, on any proxy of the instance.
    #[must_use]
    pub fn group(self, name: &str) -> Fault {
        self.into_fault().set("group", name)
    }

    /// Repeats a recorded rate in place of the one given: the time at which each step begins, and its
    /// rate in KB/s. The last step lasts as long as the one before it.
    #[must_use]
    pub fn trace(self, steps: &[(Duration, u32)]) -> Fault {
        let steps = steps.iter();
        let steps = steps.map(|(at, rate)| vec![at.as_secs_f64(), f64::from(*rate)]);
        self.into_fault().set("trace", steps.collect::<Vec<_>>())
    }
}

impl IntoFault for Bandwidth {
    fn into_fault(self) -> Fault {
        // Given even if not set, because an update sets all values.
        Fault::new("bandwidth")
            .set("rate", i64::from(self.rate))
            .set("burst", i64::from(self.burst))
            .set("shared", self.shared)
            .set("group", "")
            .set("trace", Value::List(Vec::new()))
    }
}
