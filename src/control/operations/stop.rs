//! The end of proxies: of some, or of all with the server.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::control::error::ControlError;
use crate::control::events::event::Actor;
use crate::control::proxy::state::Proxy;
use crate::control::registry::Registry;

pub(in crate::control) async fn delete(
    registry: Arc<Registry>,
    name: String,
    actor: Actor,
) -> Result<(), ControlError> {
    let proxy = registry.proxies().remove(&name);
    let proxy = proxy.ok_or(ControlError::ProxyNotFound { proxy: name })?;
    proxy.end(&actor).await;
    Ok(())
}

/// Ends proxies side by side: each may take a moment, for the last bytes of its connections.
pub(in crate::control) async fn end_all(proxies: Vec<Arc<Proxy>>, actor: &Actor) {
    let mut ending = JoinSet::new();
    for proxy in proxies {
        let actor = actor.clone();
        ending.spawn(async move { proxy.end(&actor).await });
    }
    ending.join_all().await;
}

/// Waits for connections to end; new ones are not taken.
pub(in crate::control) async fn drain(registry: &Registry) {
    let mut draining = JoinSet::new();
    for proxy in registry.all() {
        draining.spawn(proxy.drain());
    }
    draining.join_all().await;
}

pub(in crate::control) async fn stop_all(registry: Arc<Registry>) {
    let mut stopping = JoinSet::new();
    for proxy in registry.all() {
        stopping.spawn(async move {
            proxy.stop(&None).await;
            proxy.release_if(|_| true);
        });
    }
    stopping.join_all().await;
}
