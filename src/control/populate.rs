//! A list of proxies at once: all of it or nothing.
//!
//! First everything is checked and every new listening socket is bound, while what runs goes on;
//! only then are proxies stopped and started. A replaced proxy hands its socket over if the new
//! one listens on the same address, so that a swap cannot fail half-way. Where the new one needs the
//! same port on another address, the old one has to go first, and comes back if that fails.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use super::error::{ControlError, ListenError, PopulateError};
use super::lifecycle::{read_toxics, required};
use super::listen::Listen;
use super::proxy::Proxy;
use super::shared::Shared;
use super::tell::By;
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

/// What is to be done, once all of it is known to be possible.
#[derive(Default)]
struct Outcome {
    /// The proxy of each entry, for the answer.
    answer: Vec<Arc<Proxy>>,
    /// Proxies to put in place, by name.
    fresh: BTreeMap<String, (Arc<Proxy>, Socket)>,
    /// Toxics for proxies that stay as they are.
    ensure: Vec<(Arc<Proxy>, Vec<Toxic>)>,
    /// Proxies that will be replaced, each with another handle of its socket.
    freed: Vec<(Arc<Proxy>, Bound)>,
}

pub(super) async fn populate(
    shared: Arc<Shared>,
    list: Vec<Entry>,
    by: By,
) -> Result<Vec<ProxyView>, PopulateError> {
    let toxics = check(&list, &shared)?;
    let mut outcome = Outcome::default();
    for (index, (entry, toxics)) in list.iter().zip(toxics).enumerate() {
        outcome
            .plan(index, entry, toxics, &shared)
            .map_err(|error| PopulateError {
                error,
                entry: index,
            })?;
    }
    outcome.bind_held(&shared, &by).await?;
    Ok(outcome.carry_out(&shared, &by).await)
}

/// Checks all entries before anything is bound. Returns the toxics of each.
fn check(list: &[Entry], shared: &Shared) -> Result<Vec<Vec<Toxic>>, PopulateError> {
    let check_one = |(index, entry): (usize, &Entry)| {
        required(&entry.new, &format!(" at proxy {}", index + 1))
            .and_then(|_| shared.sessions.owner(entry.new.session.as_deref()))
            .and_then(|_| read_toxics(&entry.new.toxics, shared))
            .map_err(|error| PopulateError {
                error,
                entry: index,
            })
    };
    list.iter().enumerate().map(check_one).collect()
}

impl Outcome {
    fn plan(
        &mut self,
        index: usize,
        entry: &Entry,
        toxics: Vec<Toxic>,
        shared: &Arc<Shared>,
    ) -> Result<(), ControlError> {
        let (name, upstream) = required(&entry.new, "")?;
        let listed = self.fresh.get(name).map(|(proxy, _)| Arc::clone(proxy));
        if let Some(old) = listed.or_else(|| shared.find(name).ok()) {
            if !old.differs(&entry.listen.resolved()?, upstream) {
                self.answer.push(Arc::clone(&old));
                if !toxics.is_empty() {
                    // The list may name it more than once.
                    let earlier = self
                        .ensure
                        .iter()
                        .filter(|(proxy, _)| Arc::ptr_eq(proxy, &old));
                    let earlier = earlier.flat_map(|(_, toxics)| toxics);
                    let names: BTreeSet<&str> = earlier
                        .chain(&toxics)
                        .map(|toxic| toxic.name.as_str())
                        .collect();
                    shared.limits.admit_toxics(old.count_with(&names))?;
                    self.ensure.push((old, toxics));
                }
                return Ok(());
            }
            old.may_be_replaced_in(entry.new.session.as_deref())?;
            let bound = match self.fresh.remove(name) {
                Some((_, Socket::Bound(bound))) => Some(bound),
                _ => old.clone_bound()?,
            };
            self.freed.extend(bound.map(|bound| (old, bound)));
        }
        let known = shared.proxies();
        let fresh = self.fresh.keys().filter(|one| !known.contains_key(*one));
        let is_new = !known.contains_key(name) && !self.fresh.contains_key(name);
        let count = known.len() + fresh.count() + usize::from(is_new);
        drop(known);
        shared.limits.admit_proxies(count)?;
        let addresses = (name, entry.listen.text.as_str(), upstream);
        let proxy = Arc::new(Proxy::new(addresses, &entry.new, shared)?);
        proxy.ensure_toxics(toxics, shared, &None);
        let socket = match entry.new.enabled {
            Some(false) => Socket::None,
            _ => self.bind(&entry.listen, index)?,
        };
        if let Socket::Bound(bound) = &socket {
            proxy.set_addresses(&bound.local().to_string(), upstream, &None);
        }
        self.answer.push(Arc::clone(&proxy));
        self.fresh.insert(name.to_owned(), (proxy, socket));
        Ok(())
    }

    fn bind(&mut self, listen: &Listen, index: usize) -> Result<Socket, ControlError> {
        let mut freed = self.freed.iter();
        if let Some(same) = freed.position(|(_, bound)| listen.is_served_by(bound)) {
            let (_, bound) = self.freed.swap_remove(same);
            return Ok(Socket::Bound(bound));
        }
        match listen.bind() {
            Ok(bound) => Ok(Socket::Bound(bound)),
            Err(_)
                if self
                    .freed
                    .iter()
                    .any(|(_, bound)| listen.shares_port(bound)) =>
            {
                Ok(Socket::Held(listen.clone(), index))
            }
            Err(error) => Err(error),
        }
    }

    /// Stops the proxies whose ports are needed, and binds those. If one cannot be bound, the
    /// stopped ones are started again where they were.
    async fn bind_held(&mut self, shared: &Shared, by: &By) -> Result<(), PopulateError> {
        let mut stopped = Vec::new();
        for (proxy, socket) in self.fresh.values_mut() {
            let Socket::Held(listen, entry) = socket else {
                continue;
            };
            for (owner, bound) in self
                .freed
                .extract_if(.., |(_, bound)| listen.shares_port(bound))
            {
                stopped.push((Arc::clone(&owner), bound.local(), owner.is_enabled()));
                drop(bound);
                owner.stop(by).await;
            }
            match listen.bind() {
                Ok(bound) => {
                    proxy.set_listen(&bound.local().to_string());
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

    async fn carry_out(self, shared: &Arc<Shared>, by: &By) -> Vec<ProxyView> {
        drop(self.freed);
        // All old ones go before any new one comes: a socket may have changed hands.
        let mut starting = Vec::new();
        for (name, (proxy, socket)) in self.fresh {
            let old = shared.proxies().insert(name, Arc::clone(&proxy));
            if let Some(old) = old {
                old.end(by).await;
            }
            proxy.announce(by);
            if let Socket::Bound(bound) = socket {
                starting.push((proxy, bound));
            }
        }
        for (proxy, bound) in starting {
            tell(&proxy, proxy.start(bound, shared, by));
        }
        for (proxy, toxics) in self.ensure {
            proxy.ensure_toxics(toxics, shared, by);
        }
        self.answer.iter().map(|proxy| proxy.view()).collect()
    }
}

/// Puts stopped proxies back where they listened.
fn start_again(stopped: Vec<(Arc<Proxy>, SocketAddr, bool)>, shared: &Shared, by: &By) {
    for (proxy, local, enabled) in stopped {
        if !enabled {
            continue;
        }
        let bound = Bound::bind(local.into());
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
