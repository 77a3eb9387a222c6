//! One proxy: its addresses, its toxics, and its network side while it is enabled.
//!
//! The state is behind a lock that is only ever held for a few lines; nothing waits under it.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::ControlError;
use super::shared::Shared;
use super::stats::StatsView;
use super::toxic::{DIRECTIONS, Toxic};
use super::view::{NewToxic, ProxyView, ToxicChange, ToxicView};
use crate::engine::{Direction, Plan, Subject};
use crate::net::{Bound, Roster, Running, Setup, system_error};

#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) name: String,
    subject: Subject,
    pub(super) roster: Arc<Roster>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// As given until it is bound, then the bound address.
    listen: String,
    upstream: String,
    /// In order of creation, both streams mixed.
    toxics: Vec<Toxic>,
    running: Option<Running>,
}

impl Proxy {
    pub(super) fn new(name: &str, listen: &str, upstream: &str, seed: u64) -> Self {
        Proxy {
            name: name.to_owned(),
            subject: Subject::of_seed(seed).named(name),
            roster: Arc::default(),
            state: Mutex::new(State {
                listen: listen.to_owned(),
                upstream: upstream.to_owned(),
                toxics: Vec::new(),
                running: None,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn view(&self) -> ProxyView {
        let state = self.state();
        ProxyView {
            name: self.name.clone(),
            listen: state.listen.clone(),
            upstream: state.upstream.clone(),
            enabled: state.running.is_some(),
            toxics: state.toxic_views(),
        }
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

    pub(super) fn set_addresses(&self, listen: &str, upstream: &str) {
        let mut state = self.state();
        state.listen = listen.to_owned();
        state.upstream = upstream.to_owned();
    }

    pub(super) fn set_listen(&self, listen: &str) {
        listen.clone_into(&mut self.state().listen);
    }

    /// Begins to accept on `bound`. Errors: the system cannot watch the socket; nobody listens then.
    pub(super) fn start(&self, bound: Bound, shared: &Shared) -> Result<(), ControlError> {
        let mut state = self.state();
        state.listen = bound.local().to_string();
        let setup = Setup {
            proxy: self.name.clone(),
            upstream: state.upstream.clone(),
            traffic: shared
                .ledger
                .open(&self.name, &state.listen, &state.upstream),
            roster: Arc::clone(&self.roster),
            workers: shared.workers.clone(),
            budget: shared.budget.clone(),
            connections: shared.limits.connections,
        };
        let plan = Arc::new(state.plan(self.subject));
        let started = Running::start(bound, setup, plan);
        state.running = Some(started.map_err(|error| state.cannot_listen(&error))?);
        tracing::info!(proxy = %self.name, listen = %state.listen, upstream = %state.upstream, "proxy enabled");
        Ok(())
    }

    /// Closes the listener and waits until the connections have ended by themselves.
    pub(super) async fn drain(&self) {
        let drained = self.state().running.as_mut().map(Running::drain);
        if let Some(drained) = drained {
            drained.await;
        }
    }

    /// Closes the listener and ends all connections.
    pub(super) async fn stop(&self) {
        let running = self.state().running.take();
        if let Some(running) = running {
            running.stop().await;
            tracing::info!(proxy = %self.name, "proxy disabled");
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

    pub(super) fn toxics(&self) -> Vec<ToxicView> {
        self.state().toxic_views()
    }

    pub(super) fn toxic(&self, name: &str) -> Result<ToxicView, ControlError> {
        let state = self.state();
        let toxic = state.toxics.iter().find(|toxic| toxic.name == name);
        toxic.map(Toxic::view).ok_or(ControlError::ToxicNotFound)
    }

    pub(super) fn add_toxic(
        &self,
        new: &NewToxic,
        shared: &Shared,
    ) -> Result<ToxicView, ControlError> {
        let mut state = self.state();
        shared.limits.admit_toxics(state.toxics.len() + 1)?;
        let taken = |name: &str| state.toxics.iter().any(|toxic| toxic.name == name);
        let toxic = Toxic::new(new, taken, shared.next_id(), shared.strict)?;
        let view = toxic.view();
        state.toxics.push(toxic);
        self.publish(&state);
        Ok(view)
    }

    pub(super) fn update_toxic(
        &self,
        name: &str,
        change: &ToxicChange,
        strict: bool,
    ) -> Result<ToxicView, ControlError> {
        let mut state = self.state();
        let toxic = state.toxics.iter_mut().find(|toxic| toxic.name == name);
        let toxic = toxic.ok_or(ControlError::ToxicNotFound)?;
        *toxic = toxic.changed(change, strict)?;
        let view = toxic.view();
        self.publish(&state);
        Ok(view)
    }

    pub(super) fn remove_toxic(&self, name: &str) -> Result<(), ControlError> {
        let mut state = self.state();
        let index = state.toxics.iter().position(|toxic| toxic.name == name);
        state
            .toxics
            .remove(index.ok_or(ControlError::ToxicNotFound)?);
        self.publish(&state);
        Ok(())
    }

    pub(super) fn remove_all_toxics(&self) {
        let mut state = self.state();
        state.toxics.clear();
        self.publish(&state);
    }

    /// How many toxics there would be with those of these names.
    pub(super) fn count_with(&self, names: &BTreeSet<&str>) -> usize {
        let toxics = &self.state().toxics;
        let others = toxics
            .iter()
            .filter(|toxic| !names.contains(toxic.name.as_str()));
        others.count() + names.len()
    }

    /// Sees to it that each of these is there as it says; other toxics stay.
    pub(super) fn ensure_toxics(&self, toxics: Vec<Toxic>) {
        let mut state = self.state();
        for new in toxics {
            let same = state.toxics.iter().position(|toxic| toxic.name == new.name);
            match same.and_then(|index| state.toxics.get_mut(index)) {
                Some(old) if old.can_become(&new) => old.become_like(new),
                Some(_) => {
                    state.toxics.retain(|toxic| toxic.name != new.name);
                    state.toxics.push(new);
                }
                None => state.toxics.push(new),
            }
        }
        self.publish(&state);
    }

    /// The plan of now, and each toxic by its id in there.
    pub(super) fn plan_and_views(&self) -> (Plan, Vec<(u64, ToxicView)>) {
        let state = self.state();
        let views = state.toxics.iter();
        let views = views.map(|toxic| (toxic.id(), toxic.view())).collect();
        (state.plan(self.subject), views)
    }

    /// What its toxics did, upstream ones first.
    pub(super) fn stats(&self) -> Vec<StatsView> {
        let state = self.state();
        let toxics = DIRECTIONS.into_iter().flat_map(|side| state.towards(side));
        toxics.map(|toxic| toxic.stats_view(&self.name)).collect()
    }

    fn publish(&self, state: &State) {
        if let Some(running) = &state.running {
            running.publish(Arc::new(state.plan(self.subject)));
        }
    }
}

impl State {
    fn cannot_listen(&self, error: &io::Error) -> ControlError {
        ControlError::Listen(format!(
            "listen tcp {}: {}",
            self.listen,
            system_error(error)
        ))
    }

    fn towards(&self, direction: Direction) -> impl Iterator<Item = &Toxic> {
        let toxics = self.toxics.iter();
        toxics.filter(move |toxic| toxic.direction == direction)
    }

    fn plan(&self, subject: Subject) -> Plan {
        let planned = |direction| {
            let toxics = self.towards(direction);
            toxics.map(|toxic| toxic.planned(subject)).collect()
        };
        Plan {
            upstream: planned(Direction::Upstream),
            downstream: planned(Direction::Downstream),
        }
    }

    /// Upstream ones first, as the reference lists them.
    fn toxic_views(&self) -> Vec<ToxicView> {
        let upstream = self.towards(Direction::Upstream);
        let downstream = self.towards(Direction::Downstream);
        upstream.chain(downstream).map(Toxic::view).collect()
    }
}
