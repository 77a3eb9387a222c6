//! Builds a toxic from its checked values, with the state of its rate if it shares one.

use std::sync::Arc;

use crate::control::rate_groups::RateGroups;
use crate::engine::AnyToxic;
use crate::toxics::{Built, Kind, TokenBucket, Values};

/// `own` is the state of a rate that is shared among the connections of this toxic alone. It lasts as
/// long as the toxic, so that a change of the toxic does not refill its bucket.
pub(super) fn build(
    kind: &Kind,
    values: &Values,
    own: &Arc<TokenBucket>,
    groups: &RateGroups,
) -> Built {
    match kind.rate_group(values) {
        Some(group) => kind.build_with(values, &groups.join(group)),
        None => kind.build_with(values, own),
    }
}

/// Gives a toxic that was built with a new state the state of the toxic that it replaces.
pub(super) fn with_state(
    toxic: Arc<dyn AnyToxic>,
    (kind, values): (&Kind, &Values),
    own: &Arc<TokenBucket>,
) -> Arc<dyn AnyToxic> {
    if !kind.shares_rate() || kind.rate_group(values).is_some() {
        return toxic;
    }
    // The same values were accepted before.
    kind.build_with(values, own).unwrap_or(toxic)
}
