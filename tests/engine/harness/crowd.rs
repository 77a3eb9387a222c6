//! Several connections with one clock, each with a sender that always has bytes unless it is told
//! otherwise. Each runs its own pipeline; what they share, they share through their toxics.

use std::sync::Arc;
use std::time::Duration;

use aconite::engine::sim::{Out, Sim};
use aconite::engine::{Direction, DrawKey, Moment, Pipeline, Plan, PlannedToxic};
use aconite::toxics::{Catalogue, TokenBucket, Value, Values};
use bytes::Bytes;

use super::rounds::stream;

/// One connection.
pub struct Member {
    pub sim: Sim,
    /// Whether the sender has bytes.
    pub busy: bool,
    /// How many bytes one read brings.
    pub read: usize,
    pub sent: usize,
    /// What it waits for; `None` is another event.
    waits_until: Option<Moment>,
}

/// Connections with one clock.
pub struct Crowd {
    pub members: Vec<Member>,
    pub now: Moment,
    /// How late timers fire.
    pub lateness: Duration,
    revision: u64,
}

/// Checked attributes of a bandwidth.
pub fn values(given: &[(&str, Value)]) -> Values {
    let given: Vec<_> = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let catalogue = Catalogue::default();
    catalogue.find("bandwidth").unwrap().read(&given).unwrap()
}

/// A plan with one bandwidth, whose connections share this bucket if they share at all.
pub fn plan(given: &[(&str, Value)], bucket: &Arc<TokenBucket>, revision: u64) -> Plan {
    let catalogue = Catalogue::default();
    let kind = catalogue.find("bandwidth").unwrap();
    let toxic = kind.build_with(&values(given), bucket).unwrap();
    let mut plan = Plan::default();
    let planned = PlannedToxic {
        revision,
        ..PlannedToxic::new(1, "slow", DrawKey::of_seed(1), toxic)
    };
    plan.downstream.push(planned.into());
    plan
}

impl Crowd {
    pub fn new() -> Self {
        Crowd {
            members: Vec::new(),
            now: Moment::ORIGIN,
            lateness: Duration::ZERO,
            revision: 0,
        }
    }

    /// Connections that begin now under a plan.
    pub fn join(&mut self, plan: &Plan, count: usize) {
        for _ in 0..count {
            let mut sim = Sim::new(plan);
            sim.now = self.now;
            sim.pipeline = Pipeline::new(plan, Direction::Downstream, 1, self.now);
            self.members.push(Member {
                sim,
                busy: true,
                read: 32 * 1024,
                sent: 0,
                waits_until: Some(self.now),
            });
        }
    }

    /// All connections adopt a change of the toxic.
    pub fn update(&mut self, given: &[(&str, Value)], bucket: &Arc<TokenBucket>) {
        self.revision += 1;
        let plan = plan(given, bucket, self.revision);
        for member in &mut self.members {
            member.sim.adopt(&plan);
        }
    }

    /// The toxic is removed from all connections.
    pub fn remove(&mut self) {
        for member in &mut self.members {
            member.sim.adopt(&Plan::default());
        }
    }

    pub fn run_ms(&mut self, ms: u64) {
        self.run_until(self.now + Duration::from_millis(ms));
    }

    pub fn run_until(&mut self, at: Moment) {
        // Something may have happened since the last time.
        for member in &mut self.members {
            member.waits_until = Some(self.now);
        }
        loop {
            let next = self.settle().map(|next| next + self.lateness);
            let Some(next) = next.filter(|next| *next <= at) else {
                break;
            };
            self.set_now(next);
        }
        self.set_now(at);
        self.settle();
    }

    fn set_now(&mut self, at: Moment) {
        self.now = self.now.max(at);
        for member in &mut self.members {
            member.sim.now = self.now;
        }
    }

    fn settle(&mut self) -> Option<Moment> {
        let now = self.now;
        for member in &mut self.members {
            if member.waits_until.is_some_and(|at| at <= now) {
                member.waits_until = member.settle();
            }
        }
        self.members
            .iter()
            .filter_map(|member| member.waits_until)
            .min()
    }

    /// The bytes that each connection has received.
    pub fn received(&self) -> Vec<u64> {
        self.members.iter().map(Member::received).collect()
    }

    pub fn total(&self) -> u64 {
        self.received().iter().sum()
    }

    /// Fails if a receiver has got anything but the start of what was sent.
    pub fn check_streams(&self) {
        for member in &self.members {
            let mut place = 0;
            for (_, out) in &member.sim.log {
                if let Out::Data(bytes) = out {
                    assert!(*bytes == part(place, bytes.len()), "at {place}");
                    place += bytes.len();
                }
            }
            assert!(place <= member.sent);
        }
    }
}

impl Member {
    /// Reads as long as there is room, and does what is due.
    fn settle(&mut self) -> Option<Moment> {
        loop {
            let next = self.sim.settle();
            if !self.busy || !self.sim.pipeline.has_room() {
                return next;
            }
            self.send(self.read);
        }
    }

    /// The sender sends this many bytes now, as one chunk.
    pub fn send(&mut self, size: usize) {
        self.sim.push(part(self.sent, size));
        self.sent += size;
    }

    pub fn received(&self) -> u64 {
        let sizes = self.sim.log.iter().map(|(_, out)| match out {
            Out::Data(bytes) => bytes.len() as u64,
            Out::End(_) => 0,
        });
        sizes.sum()
    }
}

/// A stream repeats after this many bytes, which is no multiple of a chunk.
const PERIOD: usize = (1 << 20) - 7;

/// A part of the stream.
fn part(place: usize, size: usize) -> Bytes {
    let start = place % PERIOD;
    if start + size <= PERIOD {
        return stream().slice(start..start + size);
    }
    let at = |place: usize| stream()[place % PERIOD];
    (place..place + size).map(at).collect()
}
