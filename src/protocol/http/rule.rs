//! A rule: a toxic, seen from a request.

use std::sync::Arc;

use super::action::Action;
use super::counts::HttpCounts;
use super::matching::HttpMatch;
use crate::engine::PlannedToxic;

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
}
