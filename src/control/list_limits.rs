//! What a list of proxies may ask for, before anything is looked up or bound.

use std::collections::{BTreeSet, HashMap};

use super::error::{ControlError, PopulateError};
use super::lifecycle::required;
use super::limits::Limits;
use super::populate::Entry;
use super::shared::Shared;
use super::view::NewProxy;

/// How often a list may name a proxy. Toxiproxy takes a name twice and lists both in its answer;
/// without a limit, a small list that names one proxy with many toxics over and over has an answer
/// of hundreds of megabytes.
const MOST_MENTIONS: usize = 2;

/// What can be said of a list before any address is looked up. Errors: an entry lacks its name or
/// upstream; a proxy is named too often; the list alone has more proxies than there may be.
pub(super) fn admit(list: &[NewProxy], limits: &Limits) -> Result<(), PopulateError> {
    let mut mentions: HashMap<&str, usize> = HashMap::new();
    for (index, new) in list.iter().enumerate() {
        let admitted = required(new, Some(index)).and_then(|(name, _)| {
            let times = mentions.entry(name).or_default();
            *times += 1;
            if *times > MOST_MENTIONS {
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

/// Errors: there would be more proxies than there may be.
pub(super) fn admit_with_those_here(list: &[Entry], shared: &Shared) -> Result<(), PopulateError> {
    let known = shared.proxies();
    let mut added = BTreeSet::new();
    for (index, entry) in list.iter().enumerate() {
        let name = entry.new.name.as_deref().unwrap_or_default();
        if known.contains_key(name) || !added.insert(name) {
            continue;
        }
        let admitted = shared.limits.admit_proxies(known.len() + added.len());
        admitted.map_err(|error| PopulateError {
            error,
            entry: index,
        })?;
    }
    Ok(())
}
