//! A list of proxies at once: all of it or nothing.
//!
//! First everything is checked and every new listening socket is bound, while what runs goes on;
//! only then are proxies stopped and started. A replaced proxy hands its socket over if the new
//! one listens on the same address, so that a swap cannot fail half-way. Where the new one needs the
//! same port on another address, the old one has to go first, and comes back if that fails.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use super::doubt;
use super::error::{ControlError, PopulateError};
use super::freed::Freed;
use super::lifecycle::{end_all, read_toxics, required};
use super::limits::admit_memory;
use super::list_limits;
use super::listen::{Listen, LookedUp};
use super::listen_error::ListenError;
use super::pace::Pace;
use super::proxy::Proxy;
use super::reservations::GivenUp;
use super::shared::Shared;
use super::tell::Actor;
use super::toxic::Toxic;
use super::view::{NewProxy, ProxyView};
use crate::net::Bound;

/// One entry of the list, looked up.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) new: NewProxy,
    pub(super) listen: Listen,
}

/// The socket of a proxy that is to be put in place.
enum Socket {
    /// It is to be disabled.
    None,
    Bound(Bound),
    /// Its port is held by a proxy that will be replaced. Also the entry that asks for it.
    Held(Listen, usize),
}

/// Toxics for proxies that stay as they are: those of each mention.
type Ensured = BTreeMap<String, (Arc<Proxy>, Vec<Vec<Toxic>>)>;

/// What is to be done, once all of it is known to be possible.
#[derive(Default)]
struct Outcome {
    /// The proxy of each entry, for the answer.
    answer: Vec<Arc<Proxy>>,
    /// Proxies to put in place, by name.
    fresh: BTreeMap<String, (Arc<Proxy>, Socket)>,
    ensure: Ensured,
    freed: Freed,
    /// Addresses of disabled proxies that the list takes.
    given_up: GivenUp,
}

pub(super) async fn populate(
    shared: Arc<Shared>,
    list: Vec<NewProxy>,
    looked_up: LookedUp,
    by: Actor,
) -> Result<Vec<ProxyView>, PopulateError> {
    let list = with_listen(list, &looked_up)?;
    let may_start = shared.admit_start();
    may_start.map_err(|error| PopulateError { error, entry: 0 })?;
    list_limits::admit_with_those_here(&list, &shared)?;
    let (mut pace, mut toxics) = (Pace::start(), Vec::with_capacity(list.len()));
    // Everything is checked before anything is bound.
    for (index, entry) in list.iter().enumerate() {
        let of_entry = |error| PopulateError {
            error,
            entry: index,
        };
        doubt::admit(shared.strict, || doubt::own_doubts(&entry.new)).map_err(of_entry)?;
        let owner = shared.sessions.owner(entry.new.session.as_deref());
        let read = owner.and_then(|_| read_toxics(&entry.new.toxics, &shared));
        toxics.push(read.map_err(of_entry)?);
        pace.breathe().await;
    }
    let mut outcome = Outcome::default();
    match outcome.prepare(&list, toxics, (&shared, &by)).await {
        Ok(()) => Ok(outcome.carry_out(&shared, &by).await),
        Err(error) => {
            let given_up = std::mem::take(&mut outcome.given_up);
            // With the sockets that were bound in their place.
            drop(outcome);
            given_up.give_back(&shared);
            Err(error)
        }
    }
}

fn with_listen(list: Vec<NewProxy>, looked_up: &LookedUp) -> Result<Vec<Entry>, PopulateError> {
    let entries = list.into_iter().enumerate().map(|(entry, new)| {
        let listen = looked_up.get(new.listen.as_deref().unwrap_or_default());
        // All were looked up, so that one is missing only where that broke down.
        let error = ControlError::Broken;
        let listen = listen.ok_or(PopulateError { error, entry })?;
        Ok(Entry { new, listen })
    });
    entries.collect()
}

impl Outcome {
    /// Binds what is to listen. What runs goes on, but for proxies that stand in the way of others.
    async fn prepare(
        &mut self,
        list: &[Entry],
        toxics: Vec<Vec<Toxic>>,
        (shared, by): (&Arc<Shared>, &Actor),
    ) -> Result<(), PopulateError> {
        let mut pace = Pace::start();
        for (index, (entry, toxics)) in list.iter().zip(toxics).enumerate() {
            let planned = self.plan(index, entry, toxics, shared);
            planned.map_err(|error| PopulateError {
                error,
                entry: index,
            })?;
            pace.breathe().await;
        }
        self.bind_held(shared, by).await
    }

    fn plan(
        &mut self,
        index: usize,
        entry: &Entry,
        toxics: Vec<Toxic>,
        shared: &Arc<Shared>,
    ) -> Result<(), ControlError> {
        let (name, upstream) = required(&entry.new, None)?;
        let listed = self.fresh.get(name).map(|(proxy, _)| Arc::clone(proxy));
        if let Some(old) = listed.or_else(|| shared.find(name).ok()) {
            if !old.differs(&entry.listen.resolved()?, upstream) {
                return self.keep(old, toxics, shared);
            }
            old.may_be_replaced_in(entry.new.session.as_deref())?;
            let bound = match self.fresh.remove(name) {
                Some((_, Socket::Bound(bound))) => Some(bound),
                _ => old.clone_bound()?,
            };
            if let Some(bound) = bound {
                self.freed.add(old, bound);
            }
        }
        let addresses = (name, entry.listen.text.as_str(), upstream);
        let proxy = Arc::new(Proxy::new(addresses, &entry.new, shared)?);
        proxy.ensure_toxics(toxics, shared, &None);
        let socket = match entry.new.enabled {
            Some(false) => Socket::None,
            _ => self.bind(&entry.listen, index, shared)?,
        };
        if let Socket::Bound(bound) = &socket {
            proxy.set_addresses(&bound.shown(), upstream, &None);
        }
        self.answer.push(Arc::clone(&proxy));
        self.fresh.insert(name.to_owned(), (proxy, socket));
        Ok(())
    }

    /// An entry for a proxy that has these addresses already.
    fn keep(
        &mut self,
        proxy: Arc<Proxy>,
        toxics: Vec<Toxic>,
        shared: &Shared,
    ) -> Result<(), ControlError> {
        self.answer.push(Arc::clone(&proxy));
        if toxics.is_empty() {
            return Ok(());
        }
        let name = proxy.name.to_string();
        let ensured = self.ensure.entry(name);
        let (proxy, lists) = ensured.or_insert_with(|| (proxy, Vec::new()));
        lists.push(toxics);
        let names = lists.iter().flatten().map(|toxic| toxic.name.as_str());
        let count = proxy.count_with(&names.collect());
        shared.limits.admit_toxics(count)?;
        let added = count.saturating_sub(proxy.state().toxics.len());
        admit_memory(&shared.budget, added, proxy.connections.open())
    }

    fn bind(
        &mut self,
        listen: &Listen,
        index: usize,
        shared: &Shared,
    ) -> Result<Socket, ControlError> {
        if let Some(bound) = self.freed.take_serving(listen) {
            return Ok(Socket::Bound(bound));
        }
        match shared.bind_as_part(listen, &mut self.given_up) {
            Ok(bound) => Ok(Socket::Bound(bound)),
            Err(_) if self.freed.has_port_of(listen) => Ok(Socket::Held(listen.clone(), index)),
            Err(error) => Err(error),
        }
    }

    /// Stops the proxies whose ports are needed, and binds those. If one cannot be bound, the
    /// stopped ones are started again where they were.
    async fn bind_held(&mut self, shared: &Shared, by: &Actor) -> Result<(), PopulateError> {
        let mut stopped = Vec::new();
        for (proxy, socket) in self.fresh.values_mut() {
            let Socket::Held(listen, entry) = socket else {
                continue;
            };
            for (owner, bound) in self.freed.take_port_of(listen) {
                stopped.push((Arc::clone(&owner), bound.local(), owner.is_enabled()));
                drop(bound);
                owner.stop(by).await;
            }
            match shared.bind_as_part(listen, &mut self.given_up) {
                Ok(bound) => {
                    proxy.set_listen(&bound.shown());
                    *socket = Socket::Bound(bound);
                }
                Err(error) => {
                    let entry = *entry;
                    self.fresh.clear();
                    start_again(stopped, shared, by);
                    return Err(PopulateError { error, entry });
                }
            }
        }
        Ok(())
    }

    async fn carry_out(self, shared: &Arc<Shared>, by: &Actor) -> Vec<ProxyView> {
        drop(self.freed);
        // All old ones go before any new one comes: a socket may have changed hands.
        let (mut pace, mut old, mut fresh) = (Pace::start(), Vec::new(), Vec::new());
        for (name, (proxy, socket)) in self.fresh {
            old.extend(shared.proxies().insert(name, Arc::clone(&proxy)));
            fresh.push((proxy, socket));
            pace.breathe().await;
        }
        end_all(old, by).await;
        for (proxy, socket) in fresh {
            proxy.announce(by);
            if let Socket::Bound(bound) = socket {
                tell(&proxy, proxy.start(bound, shared, by));
            }
            pace.breathe().await;
        }
        for (proxy, lists) in self.ensure.into_values() {
            for toxics in lists {
                proxy.ensure_toxics(toxics, shared, by);
                pace.breathe().await;
            }
        }
        let mut views = Vec::with_capacity(self.answer.len());
        for proxy in self.answer {
            views.push(proxy.view());
            pace.breathe().await;
        }
        views
    }
}

/// Puts stopped proxies back where they listened.
fn start_again(stopped: Vec<(Arc<Proxy>, SocketAddr, bool)>, shared: &Shared, by: &Actor) {
    for (proxy, local, enabled) in stopped {
        if !enabled {
            continue;
        }
        let bound = Bound::bind(&local.into());
        let bound = bound.map_err(|error| {
            let text = format!("{local}: {error}");
            ControlError::from(ListenError::of_system(
                (&local.to_string(), Some(local)),
                text,
                error.cause(),
            ))
        });
        let started = bound.and_then(|bound| proxy.start(bound, shared, by));
        tell(&proxy, started);
    }
}

/// Says that a proxy that was to listen does not, where it is too late to take everything back.
fn tell(proxy: &Proxy, started: Result<(), ControlError>) {
    if let Err(error) = started {
        tracing::error!(proxy = %proxy.name, %error, "a proxy cannot be started");
    }
}
