//! A toxic in virtual time, without sockets and without waiting.

use std::sync::Arc;
use std::time::Duration;

use super::error::Error;
use super::faults::IntoFault;
use crate::engine::sim::{Out, Sim};
use crate::engine::{AnyToxic, DrawKey, Ending, Moment, Plan, PlannedToxic, Toxic};
use crate::toxics::{AttributeError, Catalogue, Common};

/// One direction of one connection with one toxic, in virtual time.
///
/// Nothing waits: [`Simulation::advance`] moves the time, and [`Simulation::received`] says what has arrived and when,
/// to the nanosecond and the same each time.
///
/// ```
/// use std::time::Duration;
/// use aconite::{Received, Simulation, faults::Latency};
///
/// let mut link = Simulation::of_fault(Latency::new(Duration::from_millis(200)))?;
/// link.send("hello").advance(Duration::from_secs(3600));
/// let expected = Received::Bytes(b"hello".to_vec());
/// assert_eq!(link.received(), [(Duration::from_millis(200), expected)]);
/// # Ok::<(), aconite::Error>(())
/// ```
#[derive(Debug)]
pub struct Simulation {
    sim: Sim,
}

/// What arrives behind a toxic.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Received {
    /// Bytes that were written together.
    Bytes(Vec<u8>),
    /// The sender's end: a FIN. The other direction goes on.
    EndOfFile,
    /// Both directions are closed behind the bytes before.
    Closed,
    /// Both directions are closed at once.
    Cut,
    /// Both directions are reset.
    Reset,
}

impl Simulation {
    /// A fault of a built-in type. Its toxicity is not looked at: it always applies.
    ///
    /// # Errors
    ///
    /// There is no such type, or a value is out of range.
    pub fn of_fault(fault: impl IntoFault) -> Result<Self, Error> {
        let new = fault.into_fault().into_new_toxic()?;
        let catalogue = Catalogue::default();
        let kind = catalogue
            .find(&new.kind)
            .ok_or_else(|| Error::invalid(format!("there is no type of toxic {:?}", new.kind)))?;
        let wrong = |error: AttributeError| Error::invalid(error.to_string());
        let values = kind.read(&new.attributes).map_err(wrong)?;
        let toxic = kind.build(&values).map_err(wrong)?;
        let common = kind.common(&values).map_err(wrong)?;
        Ok(Self::of(toxic, new.options.seed.unwrap_or(0), common))
    }

    /// A toxic of your own, with 0 as the seed of its random choices.
    pub fn of_toxic(toxic: impl Toxic) -> Self {
        Self::of(Arc::new(toxic), 0, Common::default())
    }

    fn of(toxic: Arc<dyn AnyToxic>, seed: u64, common: Common) -> Self {
        let mut plan = Plan::default();
        let planned = PlannedToxic {
            after: common.after,
            framing: common.framing,
            ..PlannedToxic::new(1, "simulated", DrawKey::of_seed(seed), toxic)
        };
        plan.downstream.push(planned.into());
        Simulation {
            sim: Sim::new(&plan),
        }
    }

    /// The sender sends bytes now. They are one chunk.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.sim.push(bytes.as_ref().to_vec());
        self
    }

    /// The receiver sends so many bytes in the other direction now. Toxics that look at the conversation learn of them:
    /// the sender's next bytes are an answer, which begins another message.
    pub fn answer(&mut self, bytes: usize) -> &mut Self {
        self.sim.hear(bytes);
        self
    }

    /// The sender ends its direction now.
    pub fn end(&mut self) -> &mut Self {
        self.sim.finish(Ending::Eof);
        self
    }

    /// The sender resets the connection now.
    pub fn reset(&mut self) -> &mut Self {
        self.sim.finish(Ending::Reset);
        self
    }

    /// Lets time pass.
    pub fn advance(&mut self, time: Duration) -> &mut Self {
        self.sim.run_until(self.sim.now + time);
        self
    }

    /// The receiver reads, as it does at first, or does not.
    pub fn set_reading(&mut self, reading: bool) -> &mut Self {
        self.sim.set_room(reading);
        self
    }

    /// What has arrived, with the time since the start.
    pub fn received(&self) -> Vec<(Duration, Received)> {
        let entries = self.sim.log.iter();
        let entries = entries.map(|(at, out)| (at.since(Moment::ORIGIN), Received::from(out)));
        entries.collect()
    }
}

impl From<&Out> for Received {
    fn from(out: &Out) -> Self {
        match out {
            Out::Data(bytes) => Received::Bytes(bytes.to_vec()),
            Out::End(Ending::Eof) => Received::EndOfFile,
            Out::End(Ending::Close) => Received::Closed,
            Out::End(Ending::Cut) => Received::Cut,
            Out::End(Ending::Reset | Ending::ResetAfter) => Received::Reset,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::faults::{IntoFault, LimitData, Timeout};

    #[test]
    fn a_simulated_fault_waits_for_its_trigger() {
        let seconds = Duration::from_secs;
        let fault = Timeout::closing_after(seconds(1)).into_fault();
        let mut link = Simulation::of_fault(fault.set("after", [("time", seconds(5))])).unwrap();
        link.send("healthy").advance(seconds(60));
        let bytes = |text: &str| Received::Bytes(text.into());
        let expected = [(seconds(0), bytes("healthy")), (seconds(6), Received::Cut)];
        assert_eq!(link.received(), expected);

        let fault = LimitData::new(0).into_fault();
        let mut link = Simulation::of_fault(fault.set("after", [("messages", 1_i64)])).unwrap();
        link.answer(3)
            .send("one")
            .send("more")
            .answer(3)
            .send("two");
        let zero = Duration::ZERO;
        let expected = [
            (zero, bytes("one")),
            (zero, bytes("more")),
            (zero, Received::Closed),
        ];
        assert_eq!(link.received(), expected);
    }
}
