//! One proxy: its addresses, its toxics, and its network side while it is enabled.
//!
//! The state is behind a lock that is only ever held for a few lines; nothing waits under it.

use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::difference::Difference;
use super::error::ControlError;
use super::event::ProxyEvent;
use super::events::Events;
use super::listen_error::ListenError;
use super::session::Owner;
use super::shared::Shared;
use super::tell::{Actor, Connections};
use super::timed::RecentlyRemoved;
use super::toxic::Toxic;
use super::view::{NewProxy, ProxyView};
use crate::engine::{Direction, DrawKey, Plan};
use crate::net::{Bound, ConnectionTable, Reserved, Running, Setup, Traffic, system_error};

#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) name: Arc<str>,
    /// The session at whose end it goes.
    pub(super) owner: Option<Owner>,
    server_seed: u64,
    pub(super) connections: Arc<ConnectionTable>,
    pub(super) events: Arc<Events>,
    /// It is in place, and told of.
    pub(super) announced: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
pub(super) struct State {
    /// As given until it is bound, then the bound address.
    listen: String,
    upstream: String,
    seed: Option<u64>,
    /// In order of creation, both streams mixed.
    pub(super) toxics: Vec<Toxic>,
    /// Those that went by themselves.
    pub(super) gone: RecentlyRemoved,
    pub(super) running: Option<Running>,
    /// Its address while it is disabled, so that it can come back.
    pub(super) reserved: Option<Reserved>,
    /// Where its bytes are counted, held so that the entry stays while the proxy is there.
    traffic: Option<Arc<Traffic>>,
    /// The sessions at the last one's end of which it is enabled again.
    disabled_by: Vec<Owner>,
}

impl Proxy {
    /// A proxy that does not listen. `listen` is shown as it is, until it does.
    pub(super) fn new(
        (name, listen, upstream): (&str, &str, &str),
        new: &NewProxy,
        shared: &Shared,
    ) -> Result<Self, ControlError> {
        let name: Arc<str> = name.into();
        let watch = Connections {
            proxy: Arc::clone(&name),
            events: Arc::clone(&shared.events),
        };
        Ok(Proxy {
            name,
            owner: shared.sessions.owner(new.session.as_deref())?,
            server_seed: shared.seed,
            connections: Arc::new(ConnectionTable::new(Some(Arc::new(watch)))),
            events: Arc::clone(&shared.events),
            announced: AtomicBool::new(false),
            state: Mutex::new(State {
                listen: listen.to_owned(),
                upstream: upstream.to_owned(),
                seed: new.seed,
                toxics: Vec::new(),
                gone: RecentlyRemoved::default(),
                running: None,
                reserved: None,
                traffic: None,
                disabled_by: Vec::new(),
            }),
        })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn view(&self) -> ProxyView {
        let state = self.state();
        ProxyView {
            name: self.name.to_string(),
            listen: state.listen.clone(),
            upstream: state.upstream.clone(),
            enabled: state.running.is_some(),
            toxics: state.toxic_views(),
            seed: state.seed,
            created_in_session: self.owner.is_some(),
            session: self
                .owner
                .as_ref()
                .or(state.disabled_by.first())
                .map(|owner| owner.name.to_string()),
        }
    }

    /// The seed of its random choices.
    pub(super) fn seed(&self) -> u64 {
        self.state().seed.unwrap_or(self.server_seed)
    }

    pub(super) fn set_seed(&self, seed: u64, by: &Actor) {
        let mut state = self.state();
        let changes = Difference::of("seed", state.seed, Some(seed));
        state.seed = Some(seed);
        self.publish(&state);
        self.tell_of_update(&state, changes.into_iter().collect(), by);
    }

    /// Whether one that goes with a session may take its place. Errors: it is not of that session,
    /// and would be gone at its end.
    pub(super) fn may_be_replaced_in(&self, session: Option<&str>) -> Result<(), ControlError> {
        match (session, &self.owner) {
            (None, _) => Ok(()),
            (Some(session), Some(owner)) if *owner.name == *session => Ok(()),
            (Some(session), _) => Err(ControlError::NotInSession {
                proxy: self.name.to_string(),
                session: session.to_owned(),
            }),
        }
    }

    /// Notes who disables it: without a session it is for good. Whoever does so while it is disabled
    /// joins those whose sessions hold it down, if that is not for good.
    pub(super) fn disable_for_session(&self, owner: Option<Owner>, was_enabled: bool) {
        let mut state = self.state();
        match owner {
            Some(owner) if was_enabled => state.disabled_by = vec![owner],
            Some(owner) if state.disabled_by.is_empty() || state.disabled_by.contains(&owner) => {}
            Some(owner) => state.disabled_by.push(owner),
            None => state.disabled_by.clear(),
        }
    }

    /// A session holds it down no longer.
    pub(super) fn release_from_session(&self, owner: &Owner) {
        self.state().disabled_by.retain(|one| one != owner);
    }

    pub(super) fn is_held_by_others(&self, owner: &Owner) -> bool {
        self.state().disabled_by.iter().any(|one| one != owner)
    }

    pub(super) fn is_disabled_by(&self, owner: &Owner) -> bool {
        let state = self.state();
        state.running.is_none() && state.disabled_by.contains(owner)
    }

    pub(super) fn listen(&self) -> String {
        self.state().listen.clone()
    }

    pub(super) fn is_enabled(&self) -> bool {
        self.state().running.is_some()
    }

    /// Whether these are other addresses than it has. `listen` is the resolved form: a listen
    /// address that was never resolved always differs, as in the reference.
    pub(super) fn differs(&self, listen: &str, upstream: &str) -> bool {
        let state = self.state();
        state.listen != listen || state.upstream != upstream
    }

    pub(super) fn set_addresses(&self, listen: &str, upstream: &str, by: &Actor) {
        let mut state = self.state();
        let changes = [
            Difference::of("listen", &*state.listen, listen),
            Difference::of("upstream", &*state.upstream, upstream),
        ];
        state.listen = listen.to_owned();
        state.upstream = upstream.to_owned();
        self.tell_of_update(&state, changes.into_iter().flatten().collect(), by);
    }

    pub(super) fn set_listen(&self, listen: &str) {
        listen.clone_into(&mut self.state().listen);
    }

    /// Begins to accept on `bound`. Errors: the system cannot watch the socket; nobody listens then.
    pub(super) fn start(
        &self,
        bound: Bound,
        shared: &Shared,
        by: &Actor,
    ) -> Result<(), ControlError> {
        let mut state = self.state();
        state.listen = bound.shown();
        let totals = &shared.traffic;
        let traffic = totals.open(&self.name, &state.listen, &state.upstream);
        let setup = Setup {
            proxy: self.name.to_string(),
            upstream: state.upstream.clone(),
            traffic: Arc::clone(&traffic),
            connections: Arc::clone(&self.connections),
            workers: shared.workers.clone(),
            budget: shared.budget.clone(),
            max_connections: shared.limits.connections,
        };
        let plan = Arc::new(self.plan(&state));
        // Told before its first connection is, and while it is known who had disabled it.
        let tell = || self.tell(&state, ProxyEvent::Enabled, by);
        let started = Running::start(bound, setup, plan, tell);
        state.running = Some(started.map_err(|error| state.cannot_listen(&error))?);
        state.traffic = Some(traffic);
        state.disabled_by.clear();
        tracing::info!(proxy = %self.name, listen = %state.listen, upstream = %state.upstream, "proxy enabled");
        Ok(())
    }

    /// Closes the listener. The future ends when the connections have ended by themselves.
    pub(super) fn drain(&self) -> impl Future<Output = ()> + Send + use<> {
        let drained = self.state().running.as_mut().map(Running::drain);
        async move {
            if let Some(drained) = drained {
                drained.await;
            }
        }
    }

    /// Closes the listener and ends all connections.
    pub(super) async fn stop(&self, by: &Actor) {
        let running = self.state().running.take();
        if let Some(running) = running {
            running.stop().await;
            tracing::info!(proxy = %self.name, "proxy disabled");
            self.tell(&self.state(), ProxyEvent::Disabled, by);
        }
    }

    /// The same, and keeps the address for when it is enabled again.
    pub(super) async fn disable(&self, by: &Actor) {
        let running = self.state().running.take();
        if let Some(running) = running {
            let reserved = running.stop_and_reserve().await;
            self.state().reserved = reserved;
            tracing::info!(proxy = %self.name, "proxy disabled");
            self.tell(&self.state(), ProxyEvent::Disabled, by);
        }
    }

    /// Another handle of the listening socket, if it listens. Errors: descriptors have run out.
    pub(super) fn clone_bound(&self) -> Result<Option<Bound>, ControlError> {
        let state = self.state();
        let cloned = state.running.as_ref().map(Running::clone_bound);
        cloned
            .transpose()
            .map_err(|error| state.cannot_listen(&error))
    }

    pub(super) fn plan(&self, state: &State) -> Plan {
        let of_proxy = state.seed.unwrap_or(self.server_seed);
        let choices =
            |own: Option<u64>| DrawKey::of_seed(own.unwrap_or(of_proxy)).named(&self.name);
        let planned = |direction| {
            let toxics = state.towards(direction).filter(|toxic| toxic.is_active());
            toxics.map(|toxic| toxic.planned(choices).into()).collect()
        };
        Plan {
            upstream: planned(Direction::Upstream),
            downstream: planned(Direction::Downstream),
        }
    }

    pub(super) fn publish(&self, state: &State) {
        if let Some(running) = &state.running {
            let plan = self.plan(state).reusing(&running.plan());
            running.publish(Arc::new(plan));
        }
    }
}

impl State {
    pub(super) fn listen(&self) -> &str {
        &self.listen
    }

    pub(super) fn upstream(&self) -> &str {
        &self.upstream
    }

    pub(super) fn disabled_by(&self) -> Option<&Owner> {
        self.disabled_by.first()
    }

    fn cannot_listen(&self, error: &io::Error) -> ControlError {
        let text = format!("listen tcp {}: {}", self.listen, system_error(error));
        let at = self.listen.parse().ok();
        ListenError::of_system((&self.listen, at), text, error).into()
    }

    pub(super) fn towards(&self, direction: Direction) -> impl Iterator<Item = &Toxic> {
        let toxics = self.toxics.iter();
        toxics.filter(move |toxic| toxic.direction == direction)
    }
}
