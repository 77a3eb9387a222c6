//! Undoing what was made in a session: its toxics and proxies are removed, and the proxies that it
//! disabled are enabled again.

use std::sync::Arc;

use super::outcome::Outcome;
use super::queue::OperationQueue;
use super::stop::end_all;
use super::time_slice::TimeSlice;
use crate::control::error::ControlError;
use crate::control::events::event::Actor;
use crate::control::listen::LookedUp;
use crate::control::registry::Registry;
use crate::control::session::id::SessionId;

/// Undoes what was made in a session. Errors: a proxy cannot be enabled again; everything else is undone.
pub(in crate::control) async fn undo(
    (registry, operations): (&Arc<Registry>, &OperationQueue),
    session: &SessionId,
    actor: &Actor,
) -> Result<(), ControlError> {
    let mut slice = TimeSlice::start();
    for proxy in registry.all() {
        proxy.remove_toxics_of(session, actor);
        slice.yield_if_over().await;
    }
    let mut result = Ok(());
    // Look-ups come last, because they may be slow.
    let mut looked_up = LookedUp::default();
    loop {
        let undo = undo_once(
            Arc::clone(registry),
            session.clone(),
            looked_up,
            actor.clone(),
        );
        let (outcome, undone) = operations.run(undo).await?;
        result = result.and(undone);
        if let Outcome::Done(()) = outcome {
            return result;
        }
        let texts = registry.listen_addresses(None, |proxy| proxy.is_disabled_by(session))?;
        looked_up = LookedUp::all(texts, registry.env.workers.lookups()).await;
    }
}

/// Removes the proxies of a session, and enables those that it disabled. A proxy that cannot be enabled
/// stays disabled; the others are still enabled. The first such error is returned with the outcome.
async fn undo_once(
    registry: Arc<Registry>,
    session: SessionId,
    looked_up: LookedUp,
    actor: Actor,
) -> (Outcome<()>, Result<(), ControlError>) {
    let (mut slice, mut ending, mut to_enable) = (TimeSlice::start(), Vec::new(), Vec::new());
    for proxy in registry.all() {
        slice.yield_if_over().await;
        // Repeat this, because a proxy with toxics of the session may have been created meanwhile.
        proxy.remove_toxics_of(&session, &actor);
        if proxy.session.as_ref() == Some(&session) {
            registry.proxies().remove(&*proxy.name);
            ending.push(proxy);
        } else if proxy.is_disabled_by(&session) {
            to_enable.push(proxy);
        }
    }
    end_all(ending, &actor).await;
    // Enable proxies last, because a removed proxy may have held the port of one of them.
    let (mut outcome, mut result) = (Outcome::Done(()), Ok(()));
    for proxy in to_enable {
        slice.yield_if_over().await;
        let text = proxy.listen();
        let Some(listen) = looked_up.get(&text) else {
            outcome = Outcome::Stale;
            continue;
        };
        // Report before the session is released, so that the event names it.
        let others = proxy.is_disabled_by_others(&session);
        if !others && !registry.is_stopping() {
            let started = registry
                .bind_for(&proxy, &listen)
                .and_then(|bound| proxy.start(bound, &actor));
            result = result.and(started);
        }
        proxy.release_from_session(&session);
    }
    (outcome, result)
}
