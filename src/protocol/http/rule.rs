//! A rule: a toxic, seen from a request.

use std::sync::Arc;

use super::action::Action;
use super::counts::HttpCounts;
use super::matching::{HttpMatch, Per};
use super::place::Place;
use super::state::RuleState;
use crate::engine::{Direction, PlannedToxic};

/// A rule: which requests a toxic acts on, and what it does to them.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The toxic: its id, name, draw key, toxicity, scope and replay, and its statistics. Only with
    /// [`Action::Mark`] does it have a stage.
    pub toxic: Arc<PlannedToxic>,
    /// The requests that it acts on.
    pub matching: Arc<HttpMatch>,
    /// What it does to them.
    pub action: Arc<Action>,
    /// What it did, over all connections.
    pub counts: Arc<HttpCounts>,
    /// What it counts over all connections to decide. A new one when the toxic is added, or when its
    /// `match` changes.
    pub state: Arc<RuleState>,
}

impl Rule {
    /// A rule whose counts begin.
    #[allow(dead_code, reason = "for tests")]
    pub fn new(toxic: Arc<PlannedToxic>, matching: HttpMatch, action: Action) -> Self {
        Rule {
            toxic,
            matching: matching.into(),
            action: action.into(),
            counts: Arc::default(),
            state: Arc::default(),
        }
    }

    /// The toxic as its stage needs it, for [`Action::Mark`]. The stage draws once for each exchange,
    /// as this rule does; where one draw decides about a whole connection, only this rule draws.
    pub fn stage(&self) -> PlannedToxic {
        PlannedToxic {
            marked: true,
            toxicity: match self.matching.per {
                Per::Request => self.toxic.toxicity,
                Per::Connection => 1.0,
            },
            ..PlannedToxic::clone(&self.toxic)
        }
    }

    /// Whether the draw of a request is below the toxicity.
    pub(super) fn draws(&self, place: &Place) -> bool {
        let (toxic, identity) = (&self.toxic, place.identity);
        match self.matching.per {
            Per::Request => {
                let direction = Direction::Downstream;
                toxic
                    .applicability_to_exchange(identity, direction, place.exchange)
                    .applies
            }
            Per::Connection => {
                toxic.applicability(identity, Direction::Downstream).draw < toxic.toxicity
            }
        }
    }
}
