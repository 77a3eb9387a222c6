//! What toxics do to a connection before its upstream is dialled: the phase `connect`.
//!
//! Such a toxic has no stage, because there are no bytes yet. The toxics of the phase act one after
//! another, in the order of the plan, each on a connection that the ones before it have let through.
//! A connection is subject to those that were in force when it was accepted: a later one never acts
//! on it, and one that goes meanwhile acts no more. Must not know any kind of toxic, and never waits.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::connect_fault::{ConnectFault, Silence};
use super::item::Direction;
use super::plan::{Plan, PlannedToxic};
use super::scope::Identity;
use super::stats::{Hit, Tally};
use super::time::Moment;

/// What the driver must do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectStep {
    /// Dial the upstream.
    Dial,
    /// Close the client: the toxic of this name ends the connection.
    Close(Arc<str>),
    /// Reset the client: the toxic of this name ends the connection.
    Reset(Arc<str>),
    /// Wait until this moment, or for ever, and poll again.
    Wait {
        /// When something happens by itself.
        until: Option<Moment>,
        /// No answer will come, so that a client that ends its side is done: close it then.
        silent: bool,
    },
}

/// The toxics of the phase that have still to act on one connection.
#[derive(Debug)]
pub struct ConnectPhase {
    identity: Identity,
    /// The one whose turn it is comes first.
    turns: VecDeque<Turn>,
    /// When the turn of the first one began.
    since: Moment,
    /// A toxic ended the connection.
    over: Option<ConnectStep>,
}

/// A toxic and what it does to the connection.
#[derive(Debug)]
struct Turn {
    direction: Direction,
    planned: Arc<PlannedToxic>,
    tally: Arc<Tally>,
    /// Decided when its turn begins.
    fault: Option<ConnectFault>,
}

impl Turn {
    /// The toxic's turn begins. A kind that does nothing in this phase delays by nothing.
    fn begin(&mut self, identity: Identity, since: Moment) -> ConnectFault {
        if let Some(fault) = self.fault {
            return fault;
        }
        self.count(Hit::Connection);
        let fault = self.decide(identity, since);
        self.fault = Some(fault);
        fault
    }

    fn decide(&self, identity: Identity, since: Moment) -> ConnectFault {
        // The draw of the stream's first byte, so that a delay is the one that this byte would get.
        let applicability = self.planned.applicability(identity, self.direction);
        let draw = applicability.draw_key.numbered(0);
        let fault = self.planned.toxic.on_connect(draw, since);
        fault.unwrap_or(ConnectFault::Delay(Duration::ZERO))
    }

    fn count(&self, hit: Hit) {
        self.tally.add_alone(hit);
        self.planned.stats.add(hit);
    }

    /// The toxic ends the connection.
    fn end(&self, hit: Hit) -> ConnectStep {
        self.count(hit);
        let name = Arc::clone(&self.planned.name);
        match hit {
            Hit::Reset => ConnectStep::Reset(name),
            _ => ConnectStep::Close(name),
        }
    }
}

impl ConnectPhase {
    /// The phase of a connection that was accepted at `now` under this plan.
    pub fn new(plan: &Plan, identity: Identity, now: Moment) -> Self {
        let toxics = plan.connect.iter();
        let applying = toxics
            .filter(|(direction, planned)| planned.applicability(identity, *direction).applies);
        let turns = applying.map(|(direction, planned)| Turn {
            direction: *direction,
            planned: Arc::clone(planned),
            tally: Arc::default(),
            fault: None,
        });
        ConnectPhase {
            identity,
            turns: turns.collect(),
            since: now,
            over: None,
        }
    }

    /// The counters of each toxic that applies to this connection.
    pub fn tallies(&self) -> impl Iterator<Item = (&Arc<PlannedToxic>, &Arc<Tally>)> {
        self.turns.iter().map(|turn| (&turn.planned, &turn.tally))
    }

    /// What is to be done at `now`.
    pub fn poll(&mut self, now: Moment) -> ConnectStep {
        if let Some(over) = &self.over {
            return over.clone();
        }
        while let Some(turn) = self.turns.front_mut() {
            let fault = turn.begin(self.identity, self.since);
            let (time, silent) = match fault {
                ConnectFault::Delay(time) | ConnectFault::Reset(time) => (Some(time), false),
                ConnectFault::Silence(silence) => (silence.time, !silence.holds),
            };
            let due = time.map(|time| self.since + time);
            let Some(due) = due.filter(|due| now >= *due) else {
                return ConnectStep::Wait { until: due, silent };
            };
            let late = now.since(due);
            match fault {
                ConnectFault::Delay(Duration::ZERO) => {}
                ConnectFault::Delay(time) => {
                    turn.count(Hit::Delayed);
                    turn.planned.stats.add_delay(time, late);
                }
                ConnectFault::Silence(Silence { resets: false, .. }) => {
                    return self.end(Hit::Closed, due, late);
                }
                ConnectFault::Silence(_) | ConnectFault::Reset(_) => {
                    return self.end(Hit::Reset, due, late);
                }
            }
            // A late timer does not delay the next toxic.
            self.advance(due);
        }
        ConnectStep::Dial
    }

    fn end(&mut self, hit: Hit, due: Moment, late: Duration) -> ConnectStep {
        let Some(turn) = self.turns.pop_front() else {
            return ConnectStep::Dial;
        };
        if due > self.since {
            turn.planned.stats.add_lateness(late);
        }
        let step = turn.end(hit);
        self.over = Some(step.clone());
        step
    }

    fn advance(&mut self, now: Moment) {
        self.turns.pop_front();
        self.since = now;
    }

    /// Adopts a new plan. A toxic that is gone, or no longer applies, acts no more: a delay ends at
    /// once, and a reset is called off. The removal of one that keeps silence closes the connection,
    /// unless it holds it. Other attributes end a delay at once too; silence and
    /// reset get their new time, which counts from the beginning of the turn.
    pub fn adopt(&mut self, plan: &Plan, now: Moment) {
        let toxics = plan.connect.iter();
        let known: HashMap<u64, &Arc<PlannedToxic>> =
            toxics.map(|(_, planned)| (planned.id, planned)).collect();
        self.adopt_first(&known, now);
        let identity = self.identity;
        self.turns.retain_mut(|turn| {
            let Some(planned) = known.get(&turn.planned.id) else {
                return false;
            };
            turn.planned = Arc::clone(planned);
            turn.fault.is_some() || planned.applicability(identity, turn.direction).applies
        });
    }

    /// Adopts a plan for the toxic whose turn it is.
    fn adopt_first(&mut self, known: &HashMap<u64, &Arc<PlannedToxic>>, now: Moment) {
        let Some(turn) = self.turns.front_mut() else {
            return;
        };
        let Some(fault) = turn.fault else {
            return;
        };
        let next = known.get(&turn.planned.id);
        let applies =
            next.is_some_and(|next| next.applicability(self.identity, turn.direction).applies);
        let revised = next.is_some_and(|next| next.revision != turn.planned.revision);
        match fault {
            ConnectFault::Delay(_) if applies && !revised => {}
            ConnectFault::Delay(_) => {
                turn.count(Hit::Delayed);
                self.advance(now);
            }
            ConnectFault::Silence(silence) if next.is_none() && !silence.holds => {
                let step = turn.end(Hit::Closed);
                self.over = Some(step);
            }
            ConnectFault::Silence(_) | ConnectFault::Reset(_) if !applies => self.advance(now),
            ConnectFault::Silence(_) | ConnectFault::Reset(_) => {
                if let (Some(next), true) = (next, revised) {
                    turn.planned = Arc::clone(next);
                    turn.fault = Some(turn.decide(self.identity, self.since));
                }
            }
        }
    }
}
