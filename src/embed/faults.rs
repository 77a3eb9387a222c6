//! Faults as typed values: what to pass to [`Proxy::add`](super::Proxy::add).
//!
//! ```
//! use std::time::Duration;
//! use aconite::faults::{IntoFault, Latency};
//!
//! let slow = Latency::new(Duration::from_millis(200))
//!     .jitter(Duration::from_millis(50))
//!     .toxicity(0.3)
//!     .named("slow");
//! ```
//!
//! Times are sent as whole milliseconds (microseconds for a slicer). A time that is not whole is an error when the
//! fault is added, so that a fault never does something other than what it says.

mod bandwidth;
mod damage;
mod distribution;
mod fault;
mod requests;
mod trigger;

use std::time::Duration;

pub use bandwidth::Bandwidth;
pub use damage::{Corrupt, PacketLoss};
pub use distribution::Distribution;
pub use fault::{Fault, IntoFault};
pub use requests::Requests;
pub use trigger::Trigger;

use crate::toxics::Value;

/// Delays everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    delay: Duration,
    jitter: Duration,
}

impl Latency {
    /// Delays by `delay`, in whole milliseconds.
    pub fn new(delay: Duration) -> Self {
        Latency {
            delay,
            jitter: Duration::ZERO,
        }
    }

    /// Varies the delay uniformly by up to `jitter` either way, in whole milliseconds.
    #[must_use]
    pub fn jitter(self, jitter: Duration) -> Self {
        Latency { jitter, ..self }
    }

    /// Varies the delay by draws of a distribution. A jitter beside it is an error when the fault is added.
    #[must_use]
    pub fn distribution(self, distribution: Distribution) -> Fault {
        self.into_fault()
            .set("distribution", distribution.into_value())
    }
}

impl IntoFault for Latency {
    fn into_fault(self) -> Fault {
        Fault::new("latency")
            .set_millis("latency", self.delay)
            .set_millis("jitter", self.jitter)
            // Given even if not set, because an update sets all values.
            .set("distribution", Value::Map(Vec::new()))
    }
}

/// Delays the end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlowClose(Duration);

impl SlowClose {
    /// Delays the end by `delay`, in whole milliseconds.
    pub fn new(delay: Duration) -> Self {
        SlowClose(delay)
    }
}

impl IntoFault for SlowClose {
    fn into_fault(self) -> Fault {
        Fault::new("slow_close").set_millis("delay", self.0)
    }
}

/// Drops all data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout(Option<Duration>);

impl Timeout {
    /// Drops all data, and never closes the connection.
    pub fn never_closing() -> Self {
        Timeout(None)
    }

    /// Drops all data, and closes the connection `after` this began to apply to it. In whole milliseconds, at least 1.
    pub fn closing_after(after: Duration) -> Self {
        Timeout(Some(after))
    }
}

impl IntoFault for Timeout {
    fn into_fault(self) -> Fault {
        let fault = Fault::new("timeout").set_millis("timeout", self.0.unwrap_or_default());
        match self.0 {
            Some(Duration::ZERO) => fault.refuse("timeout is 0ms: give at least 1 ms".to_owned()),
            _ => fault,
        }
    }
}

/// Resets connections (RST to both sides).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResetPeer(Duration);

impl ResetPeer {
    /// Resets a connection at its first data or end.
    pub fn at_once() -> Self {
        ResetPeer::default()
    }

    /// Resets a connection this long after its first data or end, in whole milliseconds.
    pub fn after(time: Duration) -> Self {
        ResetPeer(time)
    }
}

impl IntoFault for ResetPeer {
    fn into_fault(self) -> Fault {
        Fault::new("reset_peer").set_millis("timeout", self.0)
    }
}

/// Cuts data into small pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slicer {
    average_size: u32,
    size_variation: u32,
    delay: Duration,
}

impl Slicer {
    /// Pieces of about `average_size` bytes, at least 1.
    pub fn new(average_size: u32) -> Self {
        Slicer {
            average_size,
            size_variation: 0,
            delay: Duration::ZERO,
        }
    }

    /// Varies the size by up to this many bytes. At most the average size.
    #[must_use]
    pub fn size_variation(self, size_variation: u32) -> Self {
        Slicer {
            size_variation,
            ..self
        }
    }

    /// Waits between two pieces, in whole microseconds.
    #[must_use]
    pub fn delay(self, delay: Duration) -> Self {
        Slicer { delay, ..self }
    }
}

impl IntoFault for Slicer {
    fn into_fault(self) -> Fault {
        Fault::new("slicer")
            .set("average_size", i64::from(self.average_size))
            .set("size_variation", i64::from(self.size_variation))
            .set_time("delay", self.delay, Duration::from_micros(1))
    }
}

/// Closes a connection after some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitData(u32);

impl LimitData {
    /// Closes a connection after `bytes` bytes.
    pub fn new(bytes: u32) -> Self {
        LimitData(bytes)
    }
}

impl IntoFault for LimitData {
    fn into_fault(self) -> Fault {
        Fault::new("limit_data").set("bytes", i64::from(self.0))
    }
}
