//! What a session made is undone.

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

/// Undoes what was made in a session. Errors: a proxy cannot be enabled again; all else is undone.
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
    // Names are looked up when all else is undone.
    let mut looked_up = LookedUp::default();
    loop {
        let turn = undo_once(
            Arc::clone(registry),
            session.clone(),
            looked_up,
            actor.clone(),
        );
        let (outcome, undone) = operations.run(turn).await?;
        result = result.and(undone);
        if let Outcome::Done(()) = outcome {
            return result;
        }
        let texts = registry.listen_addresses(None, |proxy| proxy.is_disabled_by(session))?;
        looked_up = LookedUp::all(texts, registry.env.workers.lookups()).await;
    }
}

/// Undoes what a session has made: its proxies go, and those that it has disabled come back. One
/// that cannot is disabled for good and does not hold up the others; the first such error is
/// reoutcome besides.
async fn undo_once(
    registry: Arc<Registry>,
    session: SessionId,
    looked_up: LookedUp,
    actor: Actor,
) -> (Outcome<()>, Result<(), ControlError>) {
    let (mut slice, mut ending, mut to_enable) = (TimeSlice::start(), Vec::new(), Vec::new());
    for proxy in registry.all() {
        slice.yield_if_over().await;
        // Once more, for those of a proxy that was created meanwhile.
        proxy.remove_toxics_of(&session, &actor);
        if proxy.session.as_ref() == Some(&session) {
            registry.proxies().remove(&*proxy.name);
            ending.push(proxy);
        } else if proxy.is_disabled_by(&session) {
            to_enable.push(proxy);
        }
    }
    end_all(ending, &actor).await;
    // Last: the port of one may have been that of another that went.
    let (mut outcome, mut result) = (Outcome::Done(()), Ok(()));
    for proxy in to_enable {
        slice.yield_if_over().await;
        let text = proxy.listen();
        let Some(listen) = looked_up.get(&text) else {
            outcome = Outcome::Stale;
            continue;
        };
        // While the last session is still known, so that it is told of.
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
