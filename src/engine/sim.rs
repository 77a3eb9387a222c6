//! Drives a pipeline in virtual time, for tests and benches.
//!
//! A [`Sim`] plays the driver of one direction: it owns the clock, takes input, writes down what
//! leaves and when. Nothing waits for real.

use std::time::Duration;

use bytes::Bytes;

use super::item::{Direction, Ending};
use super::pipeline::{Pipeline, Step};
use super::plan::Plan;
use super::time::Moment;

/// What left a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Out {
    /// Bytes, as one write.
    Data(Bytes),
    /// An ending.
    End(Ending),
}

/// One pipeline, its clock and what has left it.
#[derive(Debug)]
pub struct Sim {
    /// The pipeline under test.
    pub pipeline: Pipeline,
    /// The time.
    pub now: Moment,
    /// What left, with the time; ready to be compared with a transcript.
    pub log: Vec<(Moment, Out)>,
    /// Whether the receiving socket takes bytes.
    pub room: bool,
    /// How late timers fire.
    pub lateness: Duration,
}

impl Sim {
    /// A downstream link of connection 1 under `plan`, at the origin of time.
    pub fn new(plan: &Plan) -> Self {
        Sim {
            pipeline: Pipeline::new(plan, Direction::Downstream, 1, Moment::ORIGIN),
            now: Moment::ORIGIN,
            log: Vec::new(),
            room: true,
            lateness: Duration::ZERO,
        }
    }

    /// Bytes come in now.
    pub fn push(&mut self, bytes: impl Into<Bytes>) -> &mut Self {
        self.pipeline.push(bytes.into(), self.now);
        self.settle();
        self
    }

    /// The sender ends now.
    pub fn finish(&mut self, ending: Ending) -> &mut Self {
        self.pipeline.finish(ending, self.now);
        self.settle();
        self
    }

    /// The plan changes now.
    pub fn adopt(&mut self, plan: &Plan) -> &mut Self {
        self.pipeline.adopt(plan, self.now);
        self.settle();
        self
    }

    /// The receiving socket begins or ceases to take bytes now.
    pub fn set_room(&mut self, room: bool) -> &mut Self {
        self.room = room;
        self.settle();
        self
    }

    /// Lets time pass up to `at`, stopping at each moment that the pipeline waits for.
    pub fn run_until(&mut self, at: Moment) -> &mut Self {
        while let Some(next) = self.settle().map(|next| next + self.lateness) {
            if next > at {
                break;
            }
            self.now = self.now.max(next);
        }
        self.now = self.now.max(at);
        self.settle();
        self
    }

    /// Lets so many milliseconds pass.
    pub fn run_ms(&mut self, ms: u64) -> &mut Self {
        self.run_until(self.now + Duration::from_millis(ms))
    }

    /// Does all that can be done at this moment. Returns the moment that the pipeline waits for.
    pub fn settle(&mut self) -> Option<Moment> {
        loop {
            match self.pipeline.poll(self.now, self.room) {
                Step::Send(bytes) => self.log.push((self.now, Out::Data(bytes))),
                Step::End(ending) => self.log.push((self.now, Out::End(ending))),
                Step::Yield => {}
                Step::Wait(next) => {
                    let busy = next.is_some_and(|next| next <= self.now);
                    assert!(
                        !busy,
                        "waits for {next:?}, which is not after {:?}",
                        self.now
                    );
                    return next;
                }
            }
        }
    }

    /// All bytes that left, in one piece.
    pub fn bytes(&self) -> Vec<u8> {
        let data = self.log.iter().filter_map(|(_, out)| match out {
            Out::Data(bytes) => Some(bytes.as_ref()),
            Out::End(_) => None,
        });
        data.collect::<Vec<_>>().concat()
    }

    /// What left, as text: one `MILLISECONDS: what` a line, for transcripts.
    pub fn transcript(&self) -> String {
        let lines = self.log.iter().map(|(at, out)| {
            let ms = at.as_nanos() as f64 / 1e6;
            match out {
                Out::Data(bytes) => format!("{ms}: {}\n", bytes.escape_ascii()),
                Out::End(ending) => format!("{ms}: {ending:?}\n"),
            }
        });
        lines.collect()
    }
}
