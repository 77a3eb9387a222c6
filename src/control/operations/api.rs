//! The operations that start or stop listeners, as callers see them.
//!
//! Names are looked up before an operation reaches the head of the queue, because a look-up may be slow.
//! If the address has changed meanwhile, the operation detects that and is retried.

use std::sync::Arc;
use std::time::Duration;

use super::create::{create, required};
use super::outcome::Outcome;
use super::populate::populate;
use super::populate_limits;
use super::reset::reset;
use super::stop::{delete, drain, stop_all};
use super::update::update;
use crate::control::error::{ControlError, PopulateError};
use crate::control::handle::Control;
use crate::control::limits;
use crate::control::listen::{Listen, LookedUp};
use crate::control::upstream::Upstream;
use crate::control::view::{NewProxy, ProxyChange, ProxyView};
use crate::net::Lookups;

impl Control {
    /// Creates a proxy with its toxics, which apply from its first connection on.
    pub async fn create(&self, new: NewProxy) -> Result<ProxyView, ControlError> {
        required(&new, None)?;
        let text = new.listen.as_deref().unwrap_or_default();
        let listen = Listen::look_up(text, self.lookups()).await;
        let registry = Arc::clone(&self.registry);
        self.operations
            .run(create(registry, new, listen, self.actor.clone()))
            .await?
    }

    /// Creates or replaces proxies, all or none. A proxy that already has these addresses is kept, enabled or
    /// not, and the toxics listed for it are added or updated.
    pub async fn populate(&self, list: Vec<NewProxy>) -> Result<Vec<ProxyView>, PopulateError> {
        populate_limits::admit(&list, &self.env().limits)?;
        let texts = list
            .iter()
            .map(|new| new.listen.clone().unwrap_or_default());
        let texts = texts.collect();
        let looked_up = LookedUp::all(texts, self.lookups()).await;
        let registry = Arc::clone(&self.registry);
        let populate = populate(registry, list, looked_up, self.actor.clone());
        let done = self.operations.run(populate).await;
        done.unwrap_or_else(|error| Err(PopulateError { error, entry: 0 }))
    }

    /// Updates a proxy. Changed addresses restart it and end its connections; unchanged addresses do not.
    pub async fn update(
        &self,
        proxy: &str,
        change: ProxyChange,
    ) -> Result<ProxyView, ControlError> {
        limits::admit_address("listen", change.listen.as_deref().unwrap_or_default())?;
        Upstream::read(change.upstream.as_deref().unwrap_or_default())?;
        loop {
            let current = self.registry.find(proxy)?.listen();
            let text = change.listen.as_deref().unwrap_or(&current);
            let listen = Listen::look_up(text, self.lookups()).await;
            let (registry, name) = (Arc::clone(&self.registry), proxy.to_owned());
            let update = update(registry, name, change.clone(), listen, self.actor.clone());
            if let Outcome::Done(view) = self.operations.run(update).await?? {
                return Ok(view);
            }
        }
    }

    /// Deletes a proxy; its connections have ended when this returns.
    pub async fn delete(&self, proxy: &str) -> Result<(), ControlError> {
        let (registry, name) = (Arc::clone(&self.registry), proxy.to_owned());
        let delete = delete(registry, name, self.actor.clone());
        self.operations.run(delete).await?
    }

    /// Removes all toxics and enables all proxies.
    pub async fn reset(&self) -> Result<(), ControlError> {
        self.reset_selected(None).await
    }

    /// Removes all toxics of one proxy and enables it. Other proxies stay as they are.
    pub async fn reset_proxy(&self, proxy: &str) -> Result<(), ControlError> {
        self.reset_selected(Some(proxy)).await
    }

    async fn reset_selected(&self, only: Option<&str>) -> Result<(), ControlError> {
        // A disabled proxy keeps its toxics if it cannot be enabled, as with Toxiproxy.
        let mut enabled = self.registry.select(only)?;
        enabled.retain(|proxy| proxy.is_enabled());
        for proxy in enabled {
            proxy.remove_all_toxics(&self.actor);
        }
        // Look-ups come last, because they may take long.
        let (mut looked_up, mut result) = (LookedUp::default(), Ok(()));
        loop {
            let (registry, of) = (Arc::clone(&self.registry), only.map(str::to_owned));
            let reset = reset(registry, of, looked_up, self.actor.clone());
            let (outcome, done) = self.operations.run(reset).await??;
            result = result.and(done);
            if let Outcome::Done(()) = outcome {
                return result;
            }
            let texts = self
                .registry
                .listen_addresses(only, |proxy| !proxy.is_enabled())?;
            looked_up = LookedUp::all(texts, self.lookups()).await;
        }
    }

    fn lookups(&self) -> &Lookups {
        self.env().workers.lookups()
    }

    /// Closes all listeners, and gives open connections up to `limit` to end by themselves.
    pub async fn drain(&self, limit: Duration) {
        self.registry.begin_stopping();
        // At once; their futures are awaited below.
        for proxy in self.registry.all() {
            drop(proxy.drain());
        }
        let drained = async {
            // After the operations that began earlier, so that no listener is opened later. If one of
            // them panicked, that has been logged.
            let _ = self.operations.run(async {}).await;
            // Not as an operation: others would wait for peers meanwhile.
            drain(&self.registry).await;
        };
        // The caller ends the connections that are left.
        let _ = tokio::time::timeout(limit, drained).await;
    }

    /// Stops every proxy; returns when all connections are closed.
    pub async fn shutdown(&self) {
        self.registry.begin_stopping();
        self.env().sessions.clear();
        let stop = stop_all(Arc::clone(&self.registry));
        // If it panicked, that has been logged, and nobody else can be told.
        let _ = self.operations.run(stop).await;
    }
}
