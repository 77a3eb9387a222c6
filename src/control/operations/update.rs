//! Updating one proxy.

use std::sync::Arc;

use super::outcome::Outcome;
use crate::control::check::strict;
use crate::control::check::warnings::proxy_change_warnings;
use crate::control::error::ControlError;
use crate::control::events::event::Actor;
use crate::control::listen::Listen;
use crate::control::registry::Registry;
use crate::control::upstream::{Upstream, admit_http};
use crate::control::view::{HttpSetting, ProxyChange, ProxyView};

/// Updates a proxy. Changed addresses or a changed `http` restart it. If only the upstream changes, the listening socket is
/// kept; a new listen address that cannot be bound leaves the proxy disabled under that address, as
/// with Toxiproxy.
pub(in crate::control) async fn update(
    registry: Arc<Registry>,
    name: String,
    change: ProxyChange,
    listen: Listen,
    actor: Actor,
) -> Result<Outcome<ProxyView>, ControlError> {
    let proxy = registry.find(&name)?;
    let before = proxy.view();
    if change.listen.is_none() && listen.text != before.listen {
        return Ok(Outcome::Stale);
    }
    strict::admit(registry.env.strict, || proxy_change_warnings(&change))?;
    let resolved = listen.resolved()?;
    let session = registry.env.sessions.resolve(change.session.as_deref())?;
    let upstream = change.upstream.unwrap_or(before.upstream);
    admit_http(&Upstream::of_admitted(&upstream), change.http.as_ref())?;
    let http = change.http.map_or(before.http, HttpSetting::options);
    let enable = change.enabled.unwrap_or(before.enabled);
    let moves = proxy.differs(&resolved, &upstream) || proxy.http() != http;
    if enable && (moves || !before.enabled) {
        registry.admit_start()?;
    }
    if let Some(seed) = change.seed {
        proxy.set_seed(seed, &actor);
    }
    let mut kept = None;
    if moves {
        if enable {
            kept = proxy
                .clone_bound()?
                .filter(|bound| listen.is_served_by(bound));
            proxy.stop(&actor).await;
        } else {
            proxy.disable(&actor).await;
        }
        proxy.set_addresses(&listen.text, (&upstream, http), &actor);
    }
    if change.enabled == Some(false) {
        proxy.disable_for_session(session, before.enabled);
    }
    if !enable {
        proxy.disable(&actor).await;
        proxy.release_if(|local| !listen.is_served_at(local));
    } else if !proxy.is_enabled() {
        let bound = kept.map_or_else(|| registry.bind_for(&proxy, &listen), Ok)?;
        proxy.start(bound, &actor)?;
    }
    Ok(Outcome::Done(proxy.view()))
}
