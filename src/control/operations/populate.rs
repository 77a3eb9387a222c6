//! Populate: creates or replaces a list of proxies, all or nothing.
//!
//! Everything is checked and every new listening socket is bound while the existing proxies keep running;
//! only then are proxies stopped and started. A replaced proxy hands its socket over if the new one
//! listens on the same address, so that a swap cannot fail half-way. If the new one needs the same port on
//! another address, the old proxy is stopped first, and is restarted if binding fails.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use super::bind::Released;
use super::create::{read_toxics, required};
use super::handover::Handover;
use super::populate_limits::{Entry, admit_with_existing};
use super::stop::end_all;
use super::time_slice::TimeSlice;
use crate::control::check::strict;
use crate::control::check::warnings::own_warnings;
use crate::control::error::{ControlError, PopulateError};
use crate::control::events::event::Actor;
use crate::control::limits::admit_memory;
use crate::control::listen::{Listen, LookedUp};
use crate::control::listen_error::ListenError;
use crate::control::proxy::put_on::ToxicList;
use crate::control::proxy::state::Proxy;
use crate::control::registry::Registry;
use crate::control::view::{NewProxy, ProxyView};
use crate::net::Bound;

/// The listening socket of a new proxy.
enum Socket {
    /// The proxy is disabled and needs no socket.
    None,
    Bound(Bound),
    /// Its port is held by a proxy that will be replaced. Holds the entry that needs the port.
    Held(Listen, usize),
}

/// Profiles and toxics to put on kept proxies, one item for each time that the list names the proxy.
type Ensured = BTreeMap<String, (Arc<Proxy>, Vec<ToxicList>)>;

/// The changes to make, once all of them are known to be possible.
#[derive(Default)]
struct Plan {
    /// The proxy of each entry, for the response.
    answer: Vec<Arc<Proxy>>,
    /// New proxies, by name.
    fresh: BTreeMap<String, (Arc<Proxy>, Socket)>,
    ensure: Ensured,
    handover: Handover,
    /// Reserved addresses of disabled proxies that the list takes over.
    released: Released,
}

pub(in crate::control) async fn populate(
    registry: Arc<Registry>,
    list: Vec<NewProxy>,
    looked_up: LookedUp,
    actor: Actor,
) -> Result<Vec<ProxyView>, PopulateError> {
    let list = with_listen(list, &looked_up)?;
    let may_start = registry.admit_start();
    may_start.map_err(|error| PopulateError { error, entry: 0 })?;
    admit_with_existing(&list, &registry)?;
    let (mut slice, mut toxics) = (TimeSlice::start(), Vec::with_capacity(list.len()));
    // Everything is checked before anything is bound.
    for (index, entry) in list.iter().enumerate() {
        let of_entry = |error| PopulateError {
            error,
            entry: index,
        };
        strict::admit(registry.env.strict, || own_warnings(&entry.new)).map_err(of_entry)?;
        let session = registry.env.sessions.resolve(entry.new.session.as_deref());
        let read = session.and_then(|_| read_toxics(&entry.new, &registry.env));
        toxics.push(read.map_err(of_entry)?);
        slice.yield_if_over().await;
    }
    let mut plan = Plan::default();
    match plan.prepare(&list, toxics, (&registry, &actor)).await {
        Ok(()) => Ok(plan.carry_out(&registry, &actor).await),
        Err(error) => {
            let released = std::mem::take(&mut plan.released);
            // This also closes the sockets that were bound in their place.
            drop(plan);
            released.restore();
            Err(error)
        }
    }
}

fn with_listen(list: Vec<NewProxy>, looked_up: &LookedUp) -> Result<Vec<Entry>, PopulateError> {
    let entries = list.into_iter().enumerate().map(|(entry, new)| {
        let listen = looked_up.get(new.listen.as_deref().unwrap_or_default());
        // All addresses were looked up, so one is missing only if its look-up task panicked.
        let error = ControlError::Broken;
        let listen = listen.ok_or(PopulateError { error, entry })?;
        Ok(Entry { new, listen })
    });
    entries.collect()
}

impl Plan {
    /// Binds the new listening sockets. Existing proxies keep running, except those whose ports are needed.
    async fn prepare(
        &mut self,
        list: &[Entry],
        toxics: Vec<ToxicList>,
        (registry, actor): (&Arc<Registry>, &Actor),
    ) -> Result<(), PopulateError> {
        let mut slice = TimeSlice::start();
        for (index, (entry, toxics)) in list.iter().zip(toxics).enumerate() {
            let planned = self.plan_entry(index, entry, toxics, registry);
            planned.map_err(|error| PopulateError {
                error,
                entry: index,
            })?;
            slice.yield_if_over().await;
        }
        self.bind_held(registry, actor).await
    }

    fn plan_entry(
        &mut self,
        index: usize,
        entry: &Entry,
        toxics: ToxicList,
        registry: &Arc<Registry>,
    ) -> Result<(), ControlError> {
        let (name, upstream) = required(&entry.new, None)?;
        let listed = self.fresh.get(name).map(|(proxy, _)| Arc::clone(proxy));
        if let Some(old) = listed.or_else(|| registry.find(name).ok()) {
            if !old.differs(&entry.listen.resolved()?, upstream) && old.has_http(&entry.new) {
                return self.keep(old, toxics, registry);
            }
            old.admit_replacement_in(entry.new.session.as_deref())?;
            let bound = match self.fresh.remove(name) {
                Some((_, Socket::Bound(bound))) => Some(bound),
                _ => old.clone_bound()?,
            };
            if let Some(bound) = bound {
                self.handover.add(old, bound);
            }
        }
        let addresses = (name, entry.listen.text.as_str(), upstream);
        let proxy = Arc::new(Proxy::new(addresses, &entry.new, &registry.env)?);
        proxy.ensure_toxics(toxics, &None);
        let socket = match entry.new.enabled {
            Some(false) => Socket::None,
            _ => self.bind(&entry.listen, index, registry)?,
        };
        if let Socket::Bound(bound) = &socket {
            proxy.set_listen(&bound.shown());
        }
        self.answer.push(Arc::clone(&proxy));
        self.fresh.insert(name.to_owned(), (proxy, socket));
        Ok(())
    }

    /// Handles an entry for a proxy that already has these addresses.
    fn keep(
        &mut self,
        proxy: Arc<Proxy>,
        toxics: ToxicList,
        registry: &Registry,
    ) -> Result<(), ControlError> {
        self.answer.push(Arc::clone(&proxy));
        if toxics.is_empty() {
            return Ok(());
        }
        let name = proxy.name.to_string();
        let ensured = self.ensure.entry(name);
        let (proxy, lists) = ensured.or_insert_with(|| (proxy, Vec::new()));
        lists.push(toxics);
        let toxics = lists.iter().flat_map(|list| &list.toxics);
        let names = toxics.map(|toxic| toxic.name.as_str());
        let count = proxy.count_with(&names.collect());
        registry.env.limits.admit_toxics(count)?;
        let added = count.saturating_sub(proxy.state().toxics.len());
        admit_memory(&registry.env.budget, added, proxy.connections.open())
    }

    fn bind(
        &mut self,
        listen: &Listen,
        index: usize,
        registry: &Registry,
    ) -> Result<Socket, ControlError> {
        if let Some(bound) = self.handover.take_serving(listen) {
            return Ok(Socket::Bound(bound));
        }
        match registry.bind_as_part(listen, &mut self.released) {
            Ok(bound) => Ok(Socket::Bound(bound)),
            Err(_) if self.handover.has_port_of(listen) => Ok(Socket::Held(listen.clone(), index)),
            Err(error) => Err(error),
        }
    }

    /// Stops the proxies whose ports are needed, and binds those. If one cannot be bound, the
    /// stopped ones are started again where they were.
    async fn bind_held(&mut self, registry: &Registry, actor: &Actor) -> Result<(), PopulateError> {
        let mut stopped = Vec::new();
        for (proxy, socket) in self.fresh.values_mut() {
            let Socket::Held(listen, entry) = socket else {
                continue;
            };
            for (owner, bound) in self.handover.take_port_of(listen) {
                stopped.push((Arc::clone(&owner), bound.local(), owner.is_enabled()));
                drop(bound);
                owner.stop(actor).await;
            }
            match registry.bind_as_part(listen, &mut self.released) {
                Ok(bound) => {
                    proxy.set_listen(&bound.shown());
                    *socket = Socket::Bound(bound);
                }
                Err(error) => {
                    let entry = *entry;
                    self.fresh.clear();
                    start_again(stopped, actor);
                    return Err(PopulateError { error, entry });
                }
            }
        }
        Ok(())
    }

    async fn carry_out(self, registry: &Arc<Registry>, actor: &Actor) -> Vec<ProxyView> {
        drop(self.handover);
        // Stop all old proxies before starting new ones, because a socket may have been handed over.
        let (mut slice, mut old, mut fresh) = (TimeSlice::start(), Vec::new(), Vec::new());
        for (name, (proxy, socket)) in self.fresh {
            old.extend(registry.proxies().insert(name, Arc::clone(&proxy)));
            fresh.push((proxy, socket));
            slice.yield_if_over().await;
        }
        end_all(old, actor).await;
        for (proxy, socket) in fresh {
            proxy.announce(actor);
            if let Socket::Bound(bound) = socket {
                log_failure(&proxy, proxy.start(bound, actor));
            }
            slice.yield_if_over().await;
        }
        for (proxy, lists) in self.ensure.into_values() {
            for toxics in lists {
                proxy.ensure_toxics(toxics, actor);
                slice.yield_if_over().await;
            }
        }
        let mut views = Vec::with_capacity(self.answer.len());
        for proxy in self.answer {
            views.push(proxy.view());
            slice.yield_if_over().await;
        }
        views
    }
}

/// Restarts stopped proxies on their previous addresses.
fn start_again(stopped: Vec<(Arc<Proxy>, SocketAddr, bool)>, actor: &Actor) {
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
        let started = bound.and_then(|bound| proxy.start(bound, actor));
        log_failure(&proxy, started);
    }
}

/// Logs that a proxy could not listen, at a point where the operation can no longer be rolled back.
fn log_failure(proxy: &Proxy, started: Result<(), ControlError>) {
    if let Err(error) = started {
        tracing::error!(proxy = %proxy.name, %error, "a proxy cannot be started");
    }
}
