//! A list of proxies at once: all of it or nothing.
//!
//! First everything is checked and every new listening socket is bound, while what runs goes on;
//! only then are proxies stopped and started. A replaced proxy hands its socket over if the new
//! one listens on the same address, so that a swap cannot fail half-way.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::{ControlError, PopulateError};
use super::lifecycle::{read_toxics, required};
use super::listen::Listen;
use super::proxy::Proxy;
use super::shared::Shared;
use super::toxic::Toxic;
use super::view::{NewProxy, ProxyView};
use crate::net::Bound;

/// One entry of the list, looked up.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) new: NewProxy,
    pub(super) listen: Listen,
}

/// What is to be done, once all of it is known to be possible.
#[derive(Default)]
struct Outcome {
    /// The proxy of each entry, for the answer.
    answer: Vec<Arc<Proxy>>,
    /// Proxies to put in place, by name, with their socket if they are enabled.
    fresh: BTreeMap<String, (Arc<Proxy>, Option<Bound>)>,
    /// Toxics for proxies that stay as they are.
    ensure: Vec<(Arc<Proxy>, Vec<Toxic>)>,
    /// Sockets of proxies that will be replaced.
    freed: Vec<Bound>,
}

pub(super) async fn populate(
    shared: Arc<Shared>,
    list: Vec<Entry>,
) -> Result<Vec<ProxyView>, PopulateError> {
    let toxics = check(&list, &shared)?;
    let mut outcome = Outcome::default();
    for (index, (entry, toxics)) in list.iter().zip(toxics).enumerate() {
        outcome
            .plan(entry, toxics, &shared)
            .map_err(|error| PopulateError {
                error,
                entry: index,
            })?;
    }
    Ok(outcome.carry_out(&shared).await)
}

/// Checks all entries before anything is bound. Returns the toxics of each.
fn check(list: &[Entry], shared: &Shared) -> Result<Vec<Vec<Toxic>>, PopulateError> {
    let check_one = |(index, entry): (usize, &Entry)| {
        required(&entry.new, &format!(" at proxy {}", index + 1))
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
        entry: &Entry,
        toxics: Vec<Toxic>,
        shared: &Shared,
    ) -> Result<(), ControlError> {
        let (name, upstream) = required(&entry.new, "")?;
        let listed = self.fresh.get(name).map(|(proxy, _)| Arc::clone(proxy));
        if let Some(old) = listed.or_else(|| shared.find(name).ok()) {
            if !old.differs(&entry.listen.resolved()?, upstream) {
                self.answer.push(Arc::clone(&old));
                if !toxics.is_empty() {
                    self.ensure.push((old, toxics));
                }
                return Ok(());
            }
            let listed_bound = self.fresh.remove(name).and_then(|(_, bound)| bound);
            self.freed
                .extend(listed_bound.or_else(|| old.clone_bound()));
        }
        let proxy = Arc::new(Proxy::new(name, &entry.listen.text, upstream, shared.seed));
        proxy.ensure_toxics(toxics);
        let bound = match entry.new.enabled {
            Some(false) => None,
            _ => Some(self.bind(&entry.listen)?),
        };
        if let Some(bound) = &bound {
            proxy.set_addresses(&bound.local().to_string(), upstream);
        }
        self.answer.push(Arc::clone(&proxy));
        self.fresh.insert(name.to_owned(), (proxy, bound));
        Ok(())
    }

    fn bind(&mut self, listen: &Listen) -> Result<Bound, ControlError> {
        let same = self
            .freed
            .iter()
            .position(|bound| listen.is_served_by(bound));
        match same {
            Some(index) => Ok(self.freed.swap_remove(index)),
            None => listen.bind(),
        }
    }

    async fn carry_out(self, shared: &Shared) -> Vec<ProxyView> {
        drop(self.freed);
        // All old ones go before any new one comes: a socket may have changed hands.
        let mut starting = Vec::new();
        for (name, (proxy, bound)) in self.fresh {
            let old = shared.proxies().insert(name, Arc::clone(&proxy));
            if let Some(old) = old {
                old.stop().await;
            }
            starting.extend(bound.map(|bound| (proxy, bound)));
        }
        for (proxy, bound) in starting {
            proxy.start(bound, shared);
        }
        for (proxy, toxics) in self.ensure {
            proxy.ensure_toxics(toxics);
        }
        self.answer.iter().map(|proxy| proxy.view()).collect()
    }
}
