//! One proxy: its addresses, its toxics, and its network side while it is enabled.
//!
//! The state is behind a lock that is held for a few lines only, and never while waiting.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parking_lot::{Mutex, MutexGuard};

use super::connection_events::ConnectionEvents;
use super::put_on::PutOn;
use super::recently_removed::RecentlyRemoved;
use super::requests::ProxyHttp;
use crate::control::env::Env;
use crate::control::error::ControlError;
use crate::control::session::id::SessionId;
use crate::control::toxic::state::Toxic;
use crate::control::view::{HttpOptions, HttpSetting, NewProxy, ProxyView};
use crate::engine::{Direction, DrawKey, Plan};
use crate::net::{ConnectionTable, Reserved, Running, Traffic};

#[derive(Debug)]
pub(in crate::control) struct Proxy {
    pub(in crate::control) name: Arc<str>,
    /// The session that created it, and whose end deletes it.
    pub(in crate::control) session: Option<SessionId>,
    pub(in crate::control) env: Arc<Env>,
    pub(in crate::control) connections: Arc<ConnectionTable>,
    /// Whether it is in the registry, so that events report it.
    pub(in crate::control) announced: AtomicBool,
    /// What it keeps for HTTP.
    pub(super) requests: ProxyHttp,
    state: Mutex<State>,
}

#[derive(Debug)]
pub(in crate::control) struct State {
    /// The listen address: as given until it is bound, then the bound address.
    pub(super) listen: String,
    pub(super) upstream: String,
    /// The options of HTTP as given.
    pub(super) http: Option<HttpOptions>,
    pub(super) seed: Option<u64>,
    /// The toxics of both streams, in order of creation.
    pub(in crate::control) toxics: Vec<Toxic>,
    /// The profile that was put on last, which may be gone.
    pub(super) put_on: Option<PutOn>,
    /// The expired toxics.
    pub(in crate::control) recently_removed: RecentlyRemoved,
    pub(in crate::control) running: Option<Running>,
    /// The reserved listen address while it is disabled, so that it can be enabled again.
    pub(in crate::control) reserved: Option<Reserved>,
    /// Its byte counters. Holding them keeps their entry while the proxy exists.
    pub(super) traffic: Option<Arc<Traffic>>,
    /// The sessions that disabled it; the end of the last one enables it.
    pub(super) disabled_by: Vec<SessionId>,
}

impl Proxy {
    /// A proxy that does not listen yet. `listen` is shown as given until it does.
    pub(in crate::control) fn new(
        (name, listen, upstream): (&str, &str, &str),
        new: &NewProxy,
        env: &Arc<Env>,
    ) -> Result<Self, ControlError> {
        let name: Arc<str> = name.into();
        let watcher = ConnectionEvents {
            proxy: Arc::clone(&name),
            events: Arc::clone(&env.events),
        };
        Ok(Proxy {
            name,
            session: env.sessions.resolve(new.session.as_deref())?,
            env: Arc::clone(env),
            connections: Arc::new(ConnectionTable::new(Some(Arc::new(watcher)))),
            announced: AtomicBool::new(false),
            requests: ProxyHttp::new(env.next_id()),
            state: Mutex::new(State {
                listen: listen.to_owned(),
                upstream: upstream.to_owned(),
                http: new.http.clone().and_then(HttpSetting::options),
                seed: new.seed,
                toxics: Vec::new(),
                put_on: None,
                recently_removed: RecentlyRemoved::default(),
                running: None,
                reserved: None,
                traffic: None,
                disabled_by: Vec::new(),
            }),
        })
    }

    pub(in crate::control) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    pub(in crate::control) fn view(&self) -> ProxyView {
        let state = self.state();
        let (profile, is_profile_plain) = state.profile_in_lists();
        ProxyView {
            name: self.name.to_string(),
            listen: state.listen.clone(),
            upstream: state.upstream.clone(),
            http: state.http.clone(),
            enabled: state.running.is_some(),
            toxics: state.toxic_views(),
            profile,
            is_profile_plain,
            seed: state.seed,
            created_in_session: self.session.is_some(),
            session: self
                .shown_session(&state)
                .map(|session| session.name.to_string()),
        }
    }

    /// The session at whose end it is deleted or enabled again.
    pub(super) fn shown_session<'a>(&'a self, state: &'a State) -> Option<&'a SessionId> {
        self.session.as_ref().or(state.disabled_by.first())
    }

    /// The seed of its random choices.
    pub(in crate::control) fn seed(&self) -> u64 {
        self.state().seed.unwrap_or(self.env.seed)
    }

    pub(in crate::control) fn listen(&self) -> String {
        self.state().listen.clone()
    }

    pub(in crate::control) fn is_enabled(&self) -> bool {
        self.state().running.is_some()
    }

    /// Whether these addresses differ from its own. `listen` is the resolved form: a listen address
    /// that was never resolved always differs, as with Toxiproxy.
    pub(in crate::control) fn differs(&self, listen: &str, upstream: &str) -> bool {
        let state = self.state();
        state.listen != listen || state.upstream != upstream
    }

    pub(in crate::control) fn set_listen(&self, listen: &str) {
        listen.clone_into(&mut self.state().listen);
    }

    /// Derives the key of random choices from a seed, or the proxy's own.
    pub(super) fn choices<'a>(
        &'a self,
        state: &State,
    ) -> impl Fn(Option<u64>) -> DrawKey + Copy + use<'a> {
        let of_proxy = state.seed.unwrap_or(self.env.seed);
        let name = &*self.name;
        move |own: Option<u64>| DrawKey::of_seed(own.unwrap_or(of_proxy)).named(name)
    }

    pub(in crate::control) fn plan(&self, state: &State) -> Plan {
        let choices = self.choices(state);
        let mut plan = Plan {
            interceptor: self.interceptor(state, choices),
            ..Plan::default()
        };
        for direction in Direction::ALL {
            for toxic in state.towards(direction).filter(|toxic| toxic.is_active()) {
                let planned = toxic.planned(choices);
                let planned = match toxic.http() {
                    None => Some(planned),
                    Some(http) => http.stage(planned),
                };
                let Some(planned) = planned.map(Arc::new) else {
                    continue;
                };
                match toxic.acts_at_connect() {
                    true => plan.connect.push((direction, planned)),
                    false => plan.towards_mut(direction).push(planned),
                }
            }
        }
        plan
    }

    pub(in crate::control) fn publish(&self, state: &State) {
        if let Some(running) = &state.running {
            let plan = self.plan(state).reusing(&running.plan());
            running.publish(Arc::new(plan));
        }
    }
}

impl State {
    pub(in crate::control) fn towards(&self, direction: Direction) -> impl Iterator<Item = &Toxic> {
        let toxics = self.toxics.iter();
        toxics.filter(move |toxic| toxic.direction == direction)
    }
}
