//! The plan of a proxy: an immutable snapshot of both directions' toxics.
//!
//! The control side makes a new one at every change and publishes it; links adopt it when they
//! next look. Nothing in it ever changes, so nothing has to be locked.

use std::sync::Arc;

use super::draw::Subject;
use super::item::Direction;
use super::toxic::AnyToxic;

/// A toxic as the plan has it.
#[derive(Clone, Debug)]
pub struct PlannedToxic {
    /// Never used again once removed. Names can come again; a link that sleeps through a removal
    /// and an addition must still see two toxics.
    pub id: u64,
    /// Grows with every change of the attributes.
    pub revision: u64,
    /// The name, which random choices depend on.
    pub name: Arc<str>,
    /// The share of connections that it applies to: compared with a draw in [0, 1).
    pub toxicity: f64,
    /// What it does.
    pub toxic: Arc<dyn AnyToxic>,
}

/// The toxics of a proxy, in the order in which bytes meet them.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What random choices of this proxy are about: its seed and name.
    pub subject: Subject,
    /// Toxics on the way to the upstream.
    pub upstream: Vec<PlannedToxic>,
    /// Toxics on the way to the client.
    pub downstream: Vec<PlannedToxic>,
}

impl Plan {
    /// A plan without toxics.
    pub fn clear(subject: Subject) -> Self {
        Plan {
            subject,
            upstream: Vec::new(),
            downstream: Vec::new(),
        }
    }

    /// The toxics of one direction.
    pub fn towards(&self, direction: Direction) -> &[PlannedToxic] {
        match direction {
            Direction::Upstream => &self.upstream,
            Direction::Downstream => &self.downstream,
        }
    }

    /// The toxics of one direction, to change.
    pub fn towards_mut(&mut self, direction: Direction) -> &mut Vec<PlannedToxic> {
        match direction {
            Direction::Upstream => &mut self.upstream,
            Direction::Downstream => &mut self.downstream,
        }
    }
}
