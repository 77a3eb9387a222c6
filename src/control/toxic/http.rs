//! A toxic as a rule: which requests it acts on, and what it does to them.

use std::sync::Arc;

use super::options::ToxicOptions;
use crate::engine::{Direction, PlannedToxic};
use crate::protocol::http::{Action, HttpCounts, HttpHits, HttpMatch, Per, Rule, RuleState};
use crate::toxics::{AttributeError, Kind, Values};

/// The rule of a toxic, without what a plan adds to it.
#[derive(Clone, Debug)]
pub(in crate::control) struct HttpRule {
    matching: Arc<HttpMatch>,
    action: Arc<Action>,
    /// What it did since the toxic was created.
    counts: Arc<HttpCounts>,
    /// What it counts to decide. It begins again when its conditions change.
    state: Arc<RuleState>,
    /// Increases with every change of the action or the conditions.
    pub(in crate::control) revision: u64,
}

impl HttpRule {
    /// The rule of a toxic whose kind acts on requests, or that has a `match.http`; `None` for others.
    /// `before` is the rule that it replaces.
    pub(super) fn of(
        kind: &Kind,
        (values, direction): (&Values, Direction),
        options: &ToxicOptions,
        before: Option<&HttpRule>,
    ) -> Result<Option<Self>, AttributeError> {
        let given = options.http();
        let action = kind.http(values, direction, given.map(AsRef::as_ref))?;
        Ok(action.map(|action| {
            let new = HttpRule {
                matching: given.cloned().unwrap_or_default(),
                action: Arc::new(action),
                counts: Arc::default(),
                state: Arc::default(),
                revision: 0,
            };
            new.following(before)
        }))
    }

    /// This rule in place of another one of the same toxic.
    pub(super) fn following(self, before: Option<&HttpRule>) -> Self {
        let Some(before) = before else {
            return self;
        };
        let is_matching_same = self.matching == before.matching;
        let is_same = is_matching_same && self.action == before.action;
        HttpRule {
            counts: Arc::clone(&before.counts),
            state: match is_matching_same {
                true => Arc::clone(&before.state),
                false => self.state,
            },
            revision: before.revision + u64::from(!is_same),
            ..self
        }
    }

    /// This rule without all but its counts.
    pub(super) fn retired(self) -> Self {
        HttpRule {
            matching: Arc::default(),
            action: Arc::new(Action::Mark),
            state: Arc::default(),
            ..self
        }
    }

    /// Whether the toxicity is drawn for each request.
    pub(in crate::control) fn draws_per_request(&self) -> bool {
        self.matching.per == Per::Request
    }

    /// What it did.
    pub(super) fn hits(&self) -> HttpHits {
        self.counts.hits()
    }

    /// The rule as part of a plan.
    pub(in crate::control) fn planned(&self, toxic: PlannedToxic) -> Rule {
        Rule {
            toxic: Arc::new(toxic),
            matching: Arc::clone(&self.matching),
            action: Arc::clone(&self.action),
            counts: Arc::clone(&self.counts),
            state: Arc::clone(&self.state),
        }
    }

    /// The stage of the toxic, which is shown the answers; `None` if it only acts on messages.
    pub(in crate::control) fn stage(&self, toxic: PlannedToxic) -> Option<PlannedToxic> {
        let has_stage = *self.action == Action::Mark;
        has_stage.then(|| self.planned(toxic).stage())
    }
}
