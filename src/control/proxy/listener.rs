//! Changing the addresses of a proxy, and starting and stopping its listener.

use std::io;
use std::sync::Arc;

use super::state::{Proxy, State};
use crate::control::error::ControlError;
use crate::control::events::difference::Difference;
use crate::control::events::event::{Actor, ProxyEvent};
use crate::control::listen_error::ListenError;
use crate::control::view::HttpOptions;
use crate::net::{Bound, Running, Setup, system_error};

impl Proxy {
    pub(in crate::control) fn set_seed(&self, seed: u64, actor: &Actor) {
        let mut state = self.state();
        let changes = Difference::of("seed", state.seed, Some(seed));
        state.seed = Some(seed);
        self.publish(&state);
        self.report_update(&state, changes.into_iter().collect(), actor);
    }

    pub(in crate::control) fn set_addresses(
        &self,
        listen: &str,
        (upstream, http): (&str, Option<HttpOptions>),
        actor: &Actor,
    ) {
        let mut state = self.state();
        let changes = [
            Difference::of("listen", &*state.listen, listen),
            Difference::of("upstream", &*state.upstream, upstream),
            Difference::of("http", state.http.as_ref(), http.as_ref()),
        ];
        state.listen = listen.to_owned();
        state.upstream = upstream.to_owned();
        state.http = http;
        self.report_update(&state, changes.into_iter().flatten().collect(), actor);
    }

    /// Accepts connections on `bound`. Errors: the socket cannot be registered with the runtime; it is closed.
    pub(in crate::control) fn start(
        &self,
        bound: Bound,
        actor: &Actor,
    ) -> Result<(), ControlError> {
        let env = &self.env;
        let mut state = self.state();
        state.listen = bound.shown();
        let totals = &env.traffic;
        let traffic = totals.open(&self.name, &state.listen, &state.upstream);
        let setup = Setup {
            proxy: self.name.to_string(),
            upstream: state.upstream.clone(),
            address: state.address(),
            defers_dial: state.speaks_http(),
            traffic: Arc::clone(&traffic),
            connections: Arc::clone(&self.connections),
            workers: env.workers.clone(),
            budget: env.budget.clone(),
            max_connections: env.limits.connections,
        };
        let plan = Arc::new(self.plan(&state));
        // Report before any connection event, and while the sessions that disabled the proxy are still known.
        let report = || self.report(&state, ProxyEvent::Enabled, actor);
        let started = Running::start(bound, setup, plan, report);
        state.running = Some(started.map_err(|error| cannot_listen(&state, &error))?);
        state.traffic = Some(traffic);
        state.disabled_by.clear();
        tracing::info!(proxy = %self.name, listen = %state.listen, upstream = %state.upstream, "proxy enabled");
        Ok(())
    }

    /// Closes the listener. The future completes when the connections have ended on their own.
    pub(in crate::control) fn drain(&self) -> impl Future<Output = ()> + Send + use<> {
        let drained = self.state().running.as_mut().map(Running::drain);
        async move {
            if let Some(drained) = drained {
                drained.await;
            }
        }
    }

    /// Closes the listener and ends all connections.
    pub(in crate::control) async fn stop(&self, actor: &Actor) {
        let running = self.state().running.take();
        if let Some(running) = running {
            running.stop().await;
            tracing::info!(proxy = %self.name, "proxy disabled");
            self.report(&self.state(), ProxyEvent::Disabled, actor);
        }
    }

    /// Closes the listener, ends all connections, and reserves the address until the proxy is enabled again.
    pub(in crate::control) async fn disable(&self, actor: &Actor) {
        let running = self.state().running.take();
        if let Some(running) = running {
            let reserved = running.stop_and_reserve().await;
            self.state().reserved = reserved;
            tracing::info!(proxy = %self.name, "proxy disabled");
            self.report(&self.state(), ProxyEvent::Disabled, actor);
        }
    }

    /// A duplicate handle of the listening socket, if it listens. Errors: file descriptors have run out.
    pub(in crate::control) fn clone_bound(&self) -> Result<Option<Bound>, ControlError> {
        let state = self.state();
        let cloned = state.running.as_ref().map(Running::clone_bound);
        cloned
            .transpose()
            .map_err(|error| cannot_listen(&state, &error))
    }

    /// Stops the proxy after it has been taken out of the registry.
    pub(in crate::control) async fn end(&self, actor: &Actor) {
        self.stop(actor).await;
        self.release_if(|_| true);
        self.report(&self.state(), ProxyEvent::Deleted, actor);
    }
}

fn cannot_listen(state: &State, error: &io::Error) -> ControlError {
    let text = format!("listen tcp {}: {}", state.listen, system_error(error));
    let at = state.listen.parse().ok();
    ListenError::of_system((&state.listen, at), text, error).into()
}
