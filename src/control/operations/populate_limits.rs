//! The limits of populate, which are checked before anything is looked up or bound.

use std::collections::{BTreeSet, HashMap};

use super::create::required;
use crate::control::error::{ControlError, PopulateError};
use crate::control::limits::Limits;
use crate::control::listen::Listen;
use crate::control::registry::Registry;
use crate::control::view::NewProxy;

/// How often a list may name one proxy. Toxiproxy accepts a name twice and returns the proxy twice.
/// Without a limit, a small list that repeats a proxy with many toxics would cause a response of hundreds
/// of megabytes.
const MAX_MENTIONS: usize = 2;

/// One entry of a list, with its listen address looked up.
#[derive(Debug)]
pub(in crate::control) struct Entry {
    pub(in crate::control) new: NewProxy,
    pub(in crate::control) listen: Listen,
}

/// Checks a list before any address is looked up. Errors: an entry lacks its name or upstream; a proxy
/// is named too often; the list alone exceeds the limit on proxies.
pub(in crate::control) fn admit(list: &[NewProxy], limits: &Limits) -> Result<(), PopulateError> {
    let mut mentions: HashMap<&str, usize> = HashMap::new();
    for (index, new) in list.iter().enumerate() {
        let admitted = required(new, Some(index)).and_then(|(name, _)| {
            let times = mentions.entry(name).or_default();
            *times += 1;
            if *times > MAX_MENTIONS {
                return Err(ControlError::ProxyRepeated {
                    proxy: name.to_owned(),
                });
            }
            limits.admit_proxies(mentions.len())
        });
        admitted.map_err(|error| PopulateError {
            error,
            entry: index,
        })?;
    }
    Ok(())
}

/// Errors: together with the existing proxies, the list would exceed the limit on proxies.
pub(in crate::control) fn admit_with_existing(
    list: &[Entry],
    registry: &Registry,
) -> Result<(), PopulateError> {
    let known = registry.proxies();
    let mut added = BTreeSet::new();
    for (index, entry) in list.iter().enumerate() {
        let name = entry.new.name.as_deref().unwrap_or_default();
        if known.contains_key(name) || !added.insert(name) {
            continue;
        }
        let admitted = registry.env.limits.admit_proxies(known.len() + added.len());
        admitted.map_err(|error| PopulateError {
            error,
            entry: index,
        })?;
    }
    Ok(())
}
