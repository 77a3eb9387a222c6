//! Drives a pipeline as `net` does, and checks the contract of every call.
//!
//! It is stricter than `engine::sim::Sim`: waiting for a moment in the past is a failure, the
//! number of steps per event is bounded, and each timer has its own lateness.

use std::time::Duration;

use aconite::engine::sim::Out;
use aconite::engine::{Direction, Ending, Identity, Moment, Pipeline, Plan, Step};
use bytes::Bytes;

use super::dice::Dice;

/// The last moment that a driver reaches; what is never due lies after it.
pub const FAR: Moment = Moment::from_nanos(u64::MAX - 1);

/// One pipeline under its own clock.
pub struct Driver {
    pub pipeline: Pipeline,
    pub now: Moment,
    pub room: bool,
    pub log: Vec<(Moment, Out)>,
    /// Timers are late by up to this much.
    pub most_late: Duration,
    dice: Dice,
    /// What the pipeline waits for, and when the driver polls next.
    alarm: Option<(Moment, Moment)>,
    /// Calls of `poll` so far, to be compared with a bound.
    pub polls: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

impl Driver {
    /// Connection 1, of an unknown client.
    pub fn new(plan: &Plan, now: Moment, seed: u64) -> Self {
        Driver::of(1, plan, now, seed)
    }

    pub fn of(connection: impl Into<Identity>, plan: &Plan, now: Moment, seed: u64) -> Self {
        let pipeline = Pipeline::new(plan, Direction::Downstream, connection, now);
        Driver::with(pipeline, now, seed)
    }

    /// One direction of connection 1, at the origin of time.
    pub fn towards(direction: Direction, plan: &Plan) -> Self {
        let pipeline = Pipeline::new(plan, direction, 1, Moment::ORIGIN);
        Driver::with(pipeline, Moment::ORIGIN, 1)
    }

    fn with(pipeline: Pipeline, now: Moment, seed: u64) -> Self {
        let mut driver = Driver {
            pipeline,
            now,
            room: true,
            log: Vec::new(),
            most_late: Duration::ZERO,
            dice: Dice::new(seed),
            alarm: None,
            polls: 0,
            bytes_in: 0,
            bytes_out: 0,
        };
        driver.settle();
        driver
    }

    pub fn push(&mut self, bytes: Bytes) {
        self.bytes_in += bytes.len() as u64;
        self.pipeline.push(bytes, self.now);
        self.settle();
    }

    pub fn finish(&mut self, ending: Ending) {
        self.pipeline.finish(ending, self.now);
        self.settle();
    }

    pub fn adopt(&mut self, plan: &Plan) {
        self.pipeline.adopt(plan, self.now);
        self.settle();
    }

    pub fn set_room(&mut self, room: bool) {
        self.room = room;
        self.settle();
    }

    /// Advances time to `at`.
    pub fn run_until(&mut self, at: Moment) {
        while let Some((_, look)) = self.alarm.filter(|(_, look)| *look <= at) {
            self.now = self.now.max(look);
            self.settle();
        }
        self.now = self.now.max(at);
        self.settle();
    }

    pub fn run_for(&mut self, span: Duration) {
        self.run_until(self.now + span);
    }

    /// Polls until there is nothing more to do at this moment.
    fn settle(&mut self) {
        // Everything that can leave now is already inside; each write moves at least one byte or an
        // ending. A pipeline that is behind on a shared rate yields before each write.
        let most = 2 * (self.bytes_in - self.bytes_out) + 64;
        for _ in 0..=most {
            self.polls += 1;
            match self.pipeline.poll(self.now, self.room) {
                Step::Send(bytes) => {
                    assert!(self.room, "bytes without room");
                    assert!(!bytes.is_empty(), "an empty write");
                    self.bytes_out += bytes.len() as u64;
                    self.log.push((self.now, Out::Data(bytes)));
                }
                Step::End(ending) => self.log.push((self.now, Out::End(ending))),
                Step::Notes => panic!("notes of toxics that have no other half"),
                Step::Yield => {}
                Step::Wait(next) => return self.wait_for(next),
            }
        }
        panic!("more than {most} steps at one moment");
    }

    fn wait_for(&mut self, next: Option<Moment>) {
        if let Some(next) = next {
            assert!(next > self.now, "waits for {next:?} at {:?}", self.now);
        }
        if self.pipeline.is_clear() {
            assert_eq!(self.pipeline.queued(), 0, "clear, but not empty");
        }
        // The driver polls once for each moment; a timer that is set stays.
        if self.alarm.map(|(moment, _)| moment) != next {
            let late = self.dice.below(self.most_late.as_nanos() as u64 + 1);
            self.alarm = next.map(|next| (next, next + Duration::from_nanos(late)));
        }
    }

    /// The endings that have left, in order.
    pub fn endings(&self) -> Vec<Ending> {
        let endings = self.log.iter().filter_map(|(_, out)| match out {
            Out::End(ending) => Some(*ending),
            Out::Data(_) => None,
        });
        endings.collect()
    }

    /// Whether an ending of the connection has left.
    pub fn is_over(&self) -> bool {
        self.endings().iter().any(|ending| *ending != Ending::Eof)
    }
}
