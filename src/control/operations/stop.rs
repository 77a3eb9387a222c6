//! Stopping proxies: a deleted one, those that populate replaces, or all when the server stops.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::control::error::ControlError;
use crate::control::events::event::Actor;
use crate::control::proxy::state::Proxy;
use crate::control::registry::Registry;

/// Deletes a proxy. Its connections have ended when this returns.
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

/// Stops proxies concurrently, because each may need time to send the last bytes of its connections.
pub(in crate::control) async fn end_all(proxies: Vec<Arc<Proxy>>, actor: &Actor) {
    let mut ending = JoinSet::new();
    for proxy in proxies {
        let actor = actor.clone();
        ending.spawn(async move { proxy.end(&actor).await });
    }
    ending.join_all().await;
}

/// Closes all listeners and waits until the connections have ended on their own.
pub(in crate::control) async fn drain(registry: &Registry) {
    let mut draining = JoinSet::new();
    for proxy in registry.all() {
        draining.spawn(proxy.drain());
    }
    draining.join_all().await;
}

/// Closes all listeners and ends all connections.
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
