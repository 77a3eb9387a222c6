//! A fault with its options, which every typed fault turns into.

use std::sync::Arc;
use std::time::Duration;

use super::requests::Requests;
use super::trigger::Trigger;
use crate::control::{NewToxic, ToxicOptions};
use crate::embed::error::Error;
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

    /// Acts on these HTTP requests and their answers only, on each connection that speaks HTTP/1.1. The toxicity is
    /// then drawn for each request. A fault that acts before the upstream is dialled, or on what the client sends, is
    /// an error when it is added.
    #[must_use]
    fn on_requests(self, requests: Requests) -> Fault {
        let (http, invalid) = requests.into_match();
        let fault = self.into_fault().with(|options| {
            let matching = options.matching.get_or_insert_default();
            matching.http = Some(Arc::new(http));
        });
        match invalid {
            Some(problem) => fault.refuse(problem),
            None => fault,
        }
    }

    /// Acts on a connection only after something has happened there.
    ///
    /// ```
    /// use std::time::Duration;
    /// use aconite::{Simulation, faults::{IntoFault, Latency, Trigger}};
    ///
    /// let ms = Duration::from_millis;
    /// let slow_after_the_header = Latency::new(ms(50)).acting_after(Trigger::Bytes(6));
    /// let mut link = Simulation::of_fault(slow_after_the_header)?;
    /// link.send("headerbody").advance(ms(100));
    /// let times: Vec<_> = link.received().into_iter().map(|(at, _)| at).collect();
    /// assert_eq!(times, [ms(0), ms(50)]);
    /// # Ok::<(), aconite::Error>(())
    /// ```
    #[must_use]
    fn acting_after(self, trigger: Trigger) -> Fault {
        self.into_fault().set("after", trigger.into_value())
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

    pub(in crate::embed) fn in_both_directions(mut self) -> Self {
        self.new.stream = Some("both".to_owned());
        self
    }

    pub(super) fn refuse(mut self, problem: String) -> Self {
        self.invalid = self.invalid.or(Some(problem));
        self
    }

    fn with(mut self, set: impl FnOnce(&mut ToxicOptions)) -> Self {
        set(&mut self.new.options);
        self
    }

    pub(super) fn set_time(self, name: &str, time: Duration, unit: Duration) -> Self {
        let (nanos, unit) = (time.as_nanos(), unit.as_nanos());
        match i64::try_from(nanos / unit) {
            Ok(count) if nanos % unit == 0 => self.set(name, count),
            _ => {
                let whole = if unit == 1_000 { "micro" } else { "milli" };
                self.refuse(format!("{name} is {time:?}: give whole {whole}seconds"))
            }
        }
    }

    pub(super) fn set_millis(self, name: &str, time: Duration) -> Self {
        self.set_time(name, time, Duration::from_millis(1))
    }

    pub(in crate::embed) fn into_new_toxic(self) -> Result<NewToxic, Error> {
        match self.invalid {
            Some(problem) => Err(Error::invalid(problem)),
            None => Ok(self.new),
        }
    }
}
