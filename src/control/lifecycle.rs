//! Operations that start and stop proxies, one at a time; each follows the reference's order of
//! checks. Called only from [`OperationQueue`](super::turns::Turns).

use std::collections::HashSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::doubt;
use super::error::ControlError;
use super::event::ProxyEvent;
use super::limits;
use super::listen::{Listen, LookedUp};
use super::pace::Pace;
use super::proxy::Proxy;
use super::session::Owner;
use super::shared::Shared;
use super::tell::Actor;
use super::toxic::Toxic;
use super::view::{NewProxy, NewToxic, ProxyChange, ProxyView};

/// The name and upstream of a new proxy; neither they nor its listen address are too long. `entry`
/// is its position in a list of proxies.
pub(super) fn required(new: &NewProxy, entry: Option<usize>) -> Result<(&str, &str), ControlError> {
    let missing = |field| ControlError::MissingField { field, entry };
    let name = new.name.as_deref().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| missing("name"))?;
    limits::admit_name(name)?;
    let upstream = new.upstream.as_deref().filter(|text| !text.is_empty());
    let upstream = upstream.ok_or_else(|| missing("upstream"))?;
    limits::admit_address("upstream", upstream)?;
    limits::admit_address("listen", new.listen.as_deref().unwrap_or_default())?;
    Ok((name, upstream))
}

/// Checks the toxics that come with a proxy.
pub(super) fn read_toxics(new: &[NewToxic], shared: &Shared) -> Result<Vec<Toxic>, ControlError> {
    shared.limits.admit_toxics(new.len())?;
    let mut toxics: Vec<Toxic> = Vec::new();
    let mut names = HashSet::new();
    for (index, one) in new.iter().enumerate() {
        let checks = (&shared.sessions, shared.strict);
        let taken = |name: &str| names.contains(name);
        let toxic = Toxic::new(one, taken, shared.next_id(), checks);
        let toxic = toxic.map_err(|error| error.in_toxic(index))?;
        names.insert(toxic.name.clone());
        toxics.push(toxic);
    }
    Ok(toxics)
}

pub(super) async fn create(
    shared: Arc<Shared>,
    new: NewProxy,
    listen: Listen,
    by: Actor,
) -> Result<ProxyView, ControlError> {
    let (name, upstream) = required(&new, None)?;
    shared.admit_start()?;
    if shared.proxies().contains_key(name) {
        return Err(ControlError::ProxyExists {
            proxy: name.to_owned(),
        });
    }
    doubt::admit(shared.strict, || doubt::own_doubts(&new))?;
    shared.limits.admit_proxies(shared.proxies().len() + 1)?;
    let toxics = read_toxics(&new.toxics, &shared)?;
    let addresses = (name, listen.text.as_str(), upstream);
    let proxy = Arc::new(Proxy::new(addresses, &new, &shared)?);
    proxy.ensure_toxics(toxics, &shared, &by);
    let enabled = new.enabled.unwrap_or(true);
    let bound = enabled.then(|| shared.bind(&listen)).transpose()?;
    if let Some(bound) = &bound {
        proxy.set_listen(&bound.shown());
    }
    proxy.announce(&by);
    if let Some(bound) = bound {
        let started = proxy.start(bound, &shared, &by);
        started.inspect_err(|_| proxy.tell(&proxy.state(), ProxyEvent::Deleted, &by))?;
    }
    shared.proxies().insert(name.to_owned(), Arc::clone(&proxy));
    Ok(proxy.view())
}

/// What came of an operation whose look-ups were made before it had its turn.
pub(super) enum Outcome<T> {
    Done(T),
    /// An address has changed since it was looked up: look again, and take another turn.
    Stale,
}

/// Changed addresses restart the proxy. Where the listen address stays, the socket does too; a new
/// one that cannot be bound leaves the proxy disabled under it.
pub(super) async fn update(
    shared: Arc<Shared>,
    name: String,
    change: ProxyChange,
    listen: Listen,
    by: Actor,
) -> Result<Outcome<ProxyView>, ControlError> {
    let proxy = shared.find(&name)?;
    let before = proxy.view();
    if change.listen.is_none() && listen.text != before.listen {
        return Ok(Outcome::Stale);
    }
    doubt::admit(shared.strict, || doubt::doubts_of_change(&change))?;
    let resolved = listen.resolved()?;
    let owner = shared.sessions.owner(change.session.as_deref())?;
    let upstream = change.upstream.unwrap_or(before.upstream);
    let enable = change.enabled.unwrap_or(before.enabled);
    let moves = proxy.differs(&resolved, &upstream);
    if enable && (moves || !before.enabled) {
        shared.admit_start()?;
    }
    if let Some(seed) = change.seed {
        proxy.set_seed(seed, &by);
    }
    let mut kept = None;
    if moves {
        if enable {
            kept = proxy
                .clone_bound()?
                .filter(|bound| listen.is_served_by(bound));
            proxy.stop(&by).await;
        } else {
            proxy.disable(&by).await;
        }
        proxy.set_addresses(&listen.text, &upstream, &by);
    }
    if change.enabled == Some(false) {
        proxy.disable_for_session(owner, before.enabled);
    }
    if !enable {
        proxy.disable(&by).await;
        proxy.free_if(|local| !listen.is_served_at(local));
    } else if !proxy.is_enabled() {
        let bound = kept.map_or_else(|| proxy.bind(&listen, &shared), Ok)?;
        proxy.start(bound, &shared, &by)?;
    }
    Ok(Outcome::Done(proxy.view()))
}

pub(super) async fn delete(
    shared: Arc<Shared>,
    name: String,
    by: Actor,
) -> Result<(), ControlError> {
    let proxy = shared.proxies().remove(&name);
    let proxy = proxy.ok_or(ControlError::ProxyNotFound { proxy: name })?;
    proxy.end(&by).await;
    Ok(())
}

/// Removes all toxics and enables all proxies, or the one of that name. One that cannot be enabled
/// stays as it is, toxics included, and does not hold up the others; the first such error is returned.
pub(super) async fn reset(
    shared: Arc<Shared>,
    only: Option<String>,
    looked_up: LookedUp,
    by: Actor,
) -> Result<(Outcome<()>, Result<(), ControlError>), ControlError> {
    let (mut turned, mut result) = (Outcome::Done(()), Ok(()));
    let mut pace = Pace::start();
    for proxy in shared.select(only.as_deref())? {
        pace.breathe().await;
        let may_start = shared.admit_start();
        if proxy.is_enabled() || may_start.is_err() {
            proxy.remove_all_toxics(&by);
            if !proxy.is_enabled() {
                result = result.and(may_start);
            }
            continue;
        }
        let text = proxy.listen();
        let Some(listen) = looked_up.get(&text) else {
            turned = Outcome::Stale;
            continue;
        };
        let started = proxy.bind(&listen, &shared).and_then(|bound| {
            proxy.remove_all_toxics(&by);
            proxy.start(bound, &shared, &by)
        });
        result = result.and(started);
    }
    Ok((turned, result))
}

/// Undoes what a session has made: its proxies go, and those that it has disabled come back. One
/// that cannot is disabled for good and does not hold up the others; the first such error is
/// returned besides.
pub(super) async fn undo(
    shared: Arc<Shared>,
    owner: Owner,
    looked_up: LookedUp,
    by: Actor,
) -> (Outcome<()>, Result<(), ControlError>) {
    let (mut pace, mut ending, mut to_enable) = (Pace::start(), Vec::new(), Vec::new());
    for proxy in shared.all() {
        pace.breathe().await;
        // Once more, for those of a proxy that was created meanwhile.
        proxy.remove_toxics_of(&owner, &shared, &by);
        if proxy.owner.as_ref() == Some(&owner) {
            shared.proxies().remove(&*proxy.name);
            ending.push(proxy);
        } else if proxy.is_disabled_by(&owner) {
            to_enable.push(proxy);
        }
    }
    end_all(ending, &by).await;
    // Last: the port of one may have been that of another that went.
    let (mut turned, mut result) = (Outcome::Done(()), Ok(()));
    for proxy in to_enable {
        pace.breathe().await;
        let text = proxy.listen();
        let Some(listen) = looked_up.get(&text) else {
            turned = Outcome::Stale;
            continue;
        };
        // While the last session is still known, so that it is told of.
        let others = proxy.is_held_by_others(&owner);
        if !others && !shared.is_ending() {
            let started = proxy
                .bind(&listen, &shared)
                .and_then(|bound| proxy.start(bound, &shared, &by));
            result = result.and(started);
        }
        proxy.release_from_session(&owner);
    }
    (turned, result)
}

/// Ends proxies side by side: each may take a moment, for the last bytes of its connections.
pub(super) async fn end_all(proxies: Vec<Arc<Proxy>>, by: &Actor) {
    let mut ending = JoinSet::new();
    for proxy in proxies {
        let by = by.clone();
        ending.spawn(async move { proxy.end(&by).await });
    }
    ending.join_all().await;
}

/// Waits for connections to end; new ones are not taken.
pub(super) async fn drain(shared: &Shared) {
    let mut draining = JoinSet::new();
    for proxy in shared.all() {
        draining.spawn(proxy.drain());
    }
    draining.join_all().await;
}

pub(super) async fn stop_all(shared: Arc<Shared>) {
    let mut stopping = JoinSet::new();
    for proxy in shared.all() {
        stopping.spawn(async move {
            proxy.stop(&None).await;
            proxy.free_if(|_| true);
        });
    }
    stopping.join_all().await;
}
