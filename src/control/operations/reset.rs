//! Reset: removes all toxics and enables all proxies, or those of one proxy.

use std::sync::Arc;

use super::outcome::Outcome;
use super::time_slice::TimeSlice;
use crate::control::error::ControlError;
use crate::control::events::event::Actor;
use crate::control::listen::LookedUp;
use crate::control::registry::Registry;

/// Removes all toxics and enables all proxies, or does so for the named proxy. A proxy that cannot be
/// enabled keeps its toxics, as with Toxiproxy; the others are still reset. The first such error is
/// returned with the outcome.
pub(in crate::control) async fn reset(
    registry: Arc<Registry>,
    only: Option<String>,
    looked_up: LookedUp,
    actor: Actor,
) -> Result<(Outcome<()>, Result<(), ControlError>), ControlError> {
    let (mut outcome, mut result) = (Outcome::Done(()), Ok(()));
    let mut slice = TimeSlice::start();
    for proxy in registry.select(only.as_deref())? {
        slice.yield_if_over().await;
        let may_start = registry.admit_start();
        if proxy.is_enabled() || may_start.is_err() {
            proxy.remove_all_toxics(&actor);
            if !proxy.is_enabled() {
                result = result.and(may_start);
            }
            continue;
        }
        let text = proxy.listen();
        let Some(listen) = looked_up.get(&text) else {
            outcome = Outcome::Stale;
            continue;
        };
        let started = registry.bind_for(&proxy, &listen).and_then(|bound| {
            proxy.remove_all_toxics(&actor);
            proxy.start(bound, &actor)
        });
        result = result.and(started);
    }
    Ok((outcome, result))
}
