//! A simulator that drives pipelines in virtual time, for tests and benches.
//!
//! A [`Sim`] is the driver of one direction: it owns the clock, takes input, and records what
//! leaves and when. A [`Duplex`] is both directions of a connection. Nothing waits in real time.

#![allow(dead_code, reason = "for tests and benches; a part also for embed")]

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

/// A pipeline, its clock and a log of what has left it.
#[derive(Debug)]
pub struct Sim {
    /// The pipeline under test.
    pub pipeline: Pipeline,
    /// The time.
    pub now: Moment,
    /// What left and when, ready to be compared with a transcript.
    pub log: Vec<(Moment, Out)>,
    /// Whether the receiving socket accepts bytes.
    pub room: bool,
    /// How late timers fire.
    pub lateness: Duration,
    /// Bytes that have come in in the other direction.
    pub heard: u64,
}

/// Why polling stopped.
enum Pause {
    Wait(Option<Moment>),
    Notes,
}

impl Sim {
    /// A downstream link of connection 1 under `plan`, at the origin of time.
    pub fn new(plan: &Plan) -> Self {
        Sim::towards(Direction::Downstream, plan)
    }

    /// One direction of connection 1 under `plan`, at the origin of time.
    pub fn towards(direction: Direction, plan: &Plan) -> Self {
        Sim {
            pipeline: Pipeline::new(plan, direction, 1, Moment::ORIGIN),
            now: Moment::ORIGIN,
            log: Vec::new(),
            room: true,
            lateness: Duration::ZERO,
            heard: 0,
        }
    }

    /// Bytes come in now.
    pub fn push(&mut self, bytes: impl Into<Bytes>) -> &mut Self {
        self.pipeline.push(bytes.into(), self.now);
        self.settle();
        self
    }

    /// Bytes come in now that flow in the other direction.
    pub fn hear(&mut self, count: usize) -> &mut Self {
        self.heard += count as u64;
        self.pipeline.note_turn();
        self.pipeline.hear_of(self.heard, self.now);
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
        self.pipeline.hear_of(self.heard, self.now);
        self.settle();
        self
    }

    /// From now on the receiving socket accepts bytes, or accepts none.
    pub fn set_room(&mut self, room: bool) -> &mut Self {
        self.room = room;
        self.settle();
        self
    }

    /// Advances time to `at`, stopping at each moment that the pipeline waits for.
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

    /// Advances time by this many milliseconds.
    pub fn run_ms(&mut self, ms: u64) -> &mut Self {
        self.run_until(self.now + Duration::from_millis(ms))
    }

    /// Does everything that is due now. Returns the moment that the pipeline waits for.
    pub fn settle(&mut self) -> Option<Moment> {
        loop {
            match self.run() {
                Pause::Wait(next) => return next,
                // There is no other direction to receive the notes.
                Pause::Notes => {
                    let plan = Plan::default();
                    let mut nobody = Pipeline::new(&plan, Direction::Upstream, 1, self.now);
                    self.pipeline.pass_notes(&mut nobody, self.now);
                }
            }
        }
    }

    /// Polls until the pipeline waits or has notes.
    fn run(&mut self) -> Pause {
        loop {
            match self.pipeline.poll(self.now, self.room) {
                Step::Send(bytes) => self.log.push((self.now, Out::Data(bytes))),
                Step::End(ending) => self.log.push((self.now, Out::End(ending))),
                Step::Yield => {}
                Step::Notes => return Pause::Notes,
                Step::Wait(next) => {
                    let busy = next.is_some_and(|next| next <= self.now);
                    assert!(
                        !busy,
                        "waits for {next:?}, which is not after {:?}",
                        self.now
                    );
                    return Pause::Wait(next);
                }
            }
        }
    }

    /// All bytes that left, concatenated.
    pub fn bytes(&self) -> Vec<u8> {
        let data = self.log.iter().filter_map(|(_, out)| match out {
            Out::Data(bytes) => Some(bytes.as_ref()),
            Out::End(_) => None,
        });
        data.collect::<Vec<_>>().concat()
    }

    /// What left as text, for transcripts: one line `MILLISECONDS: what` per item.
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

/// Both directions of one connection with one clock, and the notes between them.
#[derive(Debug)]
pub struct Duplex {
    /// From the client to the upstream.
    pub up: Sim,
    /// From the upstream to the client.
    pub down: Sim,
}

impl Duplex {
    /// Connection 1 under `plan`, at the origin of time.
    pub fn new(plan: &Plan) -> Self {
        let mut duplex = Duplex {
            up: Sim::towards(Direction::Upstream, plan),
            down: Sim::towards(Direction::Downstream, plan),
        };
        duplex.settle();
        duplex
    }

    /// The time.
    pub fn now(&self) -> Moment {
        self.up.now
    }

    fn side(&mut self, direction: Direction) -> &mut Sim {
        direction.pick(&mut self.up, &mut self.down)
    }

    /// Bytes flowing in `direction` come in now.
    pub fn push(&mut self, direction: Direction, bytes: impl Into<Bytes>) -> &mut Self {
        let side = self.side(direction);
        side.pipeline.push(bytes.into(), side.now);
        direction
            .pick(&mut self.down, &mut self.up)
            .pipeline
            .note_turn();
        self.listen();
        self.settle();
        self
    }

    /// Each direction learns of the other one's bytes, as the driver of a connection does it.
    fn listen(&mut self) {
        let Duplex { up, down } = self;
        up.pipeline.listen_to(&down.pipeline, up.now);
        down.pipeline.listen_to(&up.pipeline, down.now);
    }

    /// The sender of `direction` ends now.
    pub fn finish(&mut self, direction: Direction, ending: Ending) -> &mut Self {
        let side = self.side(direction);
        side.pipeline.finish(ending, side.now);
        self.settle();
        self
    }

    /// From now on the receiver of `direction` accepts bytes, or accepts none.
    pub fn set_room(&mut self, direction: Direction, room: bool) -> &mut Self {
        self.side(direction).room = room;
        self.settle();
        self
    }

    /// The plan changes now.
    pub fn adopt(&mut self, plan: &Plan) -> &mut Self {
        self.up.pipeline.adopt(plan, self.up.now);
        self.down.pipeline.adopt(plan, self.down.now);
        self.listen();
        self.settle();
        self
    }

    /// Advances time to `at`, stopping at each moment that a pipeline waits for.
    pub fn run_until(&mut self, at: Moment) -> &mut Self {
        while let Some(next) = self.settle().filter(|next| *next <= at) {
            self.set_now(next);
        }
        self.set_now(at);
        self.settle();
        self
    }

    /// Advances time by this many milliseconds.
    pub fn run_ms(&mut self, ms: u64) -> &mut Self {
        self.run_until(self.now() + Duration::from_millis(ms))
    }

    fn set_now(&mut self, at: Moment) {
        self.up.now = self.up.now.max(at);
        self.down.now = self.up.now;
    }

    /// Does everything that is due now. Returns the next moment that either pipeline waits for.
    pub fn settle(&mut self) -> Option<Moment> {
        let Duplex { up, down } = self;
        loop {
            let Pause::Wait(of_up) = up.run() else {
                up.pipeline.pass_notes(&mut down.pipeline, up.now);
                continue;
            };
            let Pause::Wait(of_down) = down.run() else {
                down.pipeline.pass_notes(&mut up.pipeline, down.now);
                continue;
            };
            return [of_up, of_down].into_iter().flatten().min();
        }
    }
}
