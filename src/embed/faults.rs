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

use std::time::Duration;

pub use self::bandwidth::Bandwidth;
pub use self::damage::{Corrupt, PacketLoss};

use super::error::Error;
use crate::control::{NewToxic, ToxicOptions};
use crate::toxics::Value;

/// A fault with its options. Every typed fault turns into one; [`Fault::new`] makes one of any registered type.
#[derive(Clone, Debug)]
pub struct Fault {
    new: NewToxic,
    invalid: Option<String>,
}

/// What can be added to a proxy, and the options that every fault takes.
pub trait IntoFault: Sized {
    /// This as a fault.
    fn into_fault(self) -> Fault;

    /// Acts on what the client sends. Without this a fault acts on what the client receives.
    #[must_use]
    fn upstream(self) -> Fault {
        let mut fault = self.into_fault();
        fault.new.stream = Some("upstream".to_owned());
        fault
    }

    /// The share of connections that it applies to, from 0 to 1. Drawn once per connection. 1 by default.
    #[must_use]
    fn toxicity(self, share: f32) -> Fault {
        let mut fault = self.into_fault();
        fault.new.toxicity = Some(share);
        match (0.0..=1.0).contains(&share) {
            true => fault,
            false => fault.refuse(format!("toxicity is {share}: give a share from 0 to 1")),
        }
    }

    /// Acts on each new connection before the upstream is dialled, and not on data. Only latency, timeout and
    /// reset_peer can: any other type is an error when the fault is added.
    #[must_use]
    fn at_connect(self) -> Fault {
        self.into_fault().set("phase", "connect")
    }

    /// Its name, of which random choices depend. `<type>_<stream>` by default.
    #[must_use]
    fn named(self, name: impl Into<String>) -> Fault {
        let mut fault = self.into_fault();
        fault.new.name = Some(name.into());
        fault
    }

    /// Ends by itself after this time.
    #[must_use]
    fn lasting(self, duration: Duration) -> Fault {
        self.into_fault()
            .with(|options| options.duration = Some(duration))
    }

    /// Waits this long before it starts.
    #[must_use]
    fn starting_after(self, delay: Duration) -> Fault {
        self.into_fault()
            .with(|options| options.start_after = Some(delay))
    }

    /// The seed of its random choices, instead of its proxy's.
    #[must_use]
    fn seed(self, seed: u64) -> Fault {
        self.into_fault().with(|options| options.seed = Some(seed))
    }

    /// Behaves on every connection as on this one, counted from 1.
    #[must_use]
    fn replaying(self, connection: u64) -> Fault {
        let fault = self.into_fault();
        let fault = fault.with(|options| options.replay = Some(connection));
        match connection {
            0 => fault.refuse("replaying is 0: connections are counted from 1".to_owned()),
            _ => fault,
        }
    }
}

impl IntoFault for Fault {
    fn into_fault(self) -> Fault {
        self
    }
}

impl Fault {
    /// A fault of any type, such as one that was registered. Its attributes are checked when it is added.
    pub fn new(kind: impl Into<String>) -> Self {
        Fault {
            new: NewToxic {
                kind: kind.into(),
                ..NewToxic::default()
            },
            invalid: None,
        }
    }

    /// Sets an attribute.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.new.attributes.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn in_both_directions(mut self) -> Self {
        self.new.stream = Some("both".to_owned());
        self
    }

    fn refuse(mut self, problem: String) -> Self {
        self.invalid = self.invalid.or(Some(problem));
        self
    }

    fn with(mut self, set: impl FnOnce(&mut ToxicOptions)) -> Self {
        set(&mut self.new.options);
        self
    }

    fn set_time(self, name: &str, time: Duration, unit: Duration) -> Self {
        let (nanos, unit) = (time.as_nanos(), unit.as_nanos());
        match i64::try_from(nanos / unit) {
            Ok(count) if nanos % unit == 0 => self.set(name, count),
            _ => {
                let whole = if unit == 1_000 { "micro" } else { "milli" };
                self.refuse(format!("{name} is {time:?}: give whole {whole}seconds"))
            }
        }
    }

    fn set_millis(self, name: &str, time: Duration) -> Self {
        self.set_time(name, time, Duration::from_millis(1))
    }

    pub(super) fn into_new_toxic(self) -> Result<NewToxic, Error> {
        match self.invalid {
            Some(problem) => Err(Error::invalid(problem)),
            None => Ok(self.new),
        }
    }
}

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
}

impl IntoFault for Latency {
    fn into_fault(self) -> Fault {
        Fault::new("latency")
            .set_millis("latency", self.delay)
            .set_millis("jitter", self.jitter)
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
