//! Creating one proxy, and the checks that populate shares with it.
//!
//! The checks come in Toxiproxy's order.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::control::check::strict;
use crate::control::check::warnings::own_warnings;
use crate::control::env::Env;
use crate::control::error::ControlError;
use crate::control::events::event::{Actor, ProxyEvent};
use crate::control::limits;
use crate::control::listen::Listen;
use crate::control::proxy::put_on::ToxicList;
use crate::control::proxy::state::Proxy;
use crate::control::registry::Registry;
use crate::control::toxic::both;
use crate::control::toxic::options::ToxicOptions;
use crate::control::toxic::state::Toxic;
use crate::control::upstream::{Upstream, admit_http};
use crate::control::view::{NewProxy, NewToxic, ProxyView};

/// The name and upstream of a new proxy. `entry` is its position in a list of proxies. Errors: one of
/// them is missing, or they or the listen address are too long, or the
/// upstream is a misspelt built-in one or a URL that cannot be used.
pub(in crate::control) fn required(
    new: &NewProxy,
    entry: Option<usize>,
) -> Result<(&str, &str), ControlError> {
    let missing = |field| ControlError::MissingField { field, entry };
    let name = new.name.as_deref().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| missing("name"))?;
    limits::admit_name(name)?;
    let upstream = new.upstream.as_deref().filter(|text| !text.is_empty());
    let upstream = upstream.ok_or_else(|| missing("upstream"))?;
    admit_http(&Upstream::read(upstream)?, new.http.as_ref())?;
    limits::admit_address("listen", new.listen.as_deref().unwrap_or_default())?;
    Ok((name, upstream))
}

/// Checks the profile and the toxics of a new proxy. A toxic that has the name, kind and stream of one of the profile's
/// takes that one's place, so that a proxy can be created from what an answer shows. Errors: there is no such profile,
/// a toxic is refused, or there are too many.
pub(in crate::control) fn read_toxics(
    new: &NewProxy,
    env: &Env,
) -> Result<ToxicList, ControlError> {
    env.limits
        .admit_toxics(new.toxics.iter().map(NewToxic::count).sum())?;
    let named = new.profile.as_deref().filter(|name| !name.is_empty());
    let profile = named.map(|name| env.find_profile(name)).transpose()?;
    let mut toxics = match &profile {
        Some(profile) => profile.build(&ToxicOptions::default(), |_| false, env)?,
        None => Vec::new(),
    };
    let made = toxics.iter().map(Toxic::view).collect();
    let places = toxics.iter().map(|toxic| toxic.name.clone());
    let places: HashMap<String, usize> = places.zip(0..).collect();
    let mut names = HashSet::new();
    for (index, one) in new.toxics.iter().enumerate() {
        let count = one.count();
        for one in one.per_stream().iter() {
            let taken = |name: &str| names.contains(name);
            let toxic = Toxic::new(one, taken, env).and_then(|toxic| {
                both::admit(count, toxic.acts_at_connect())?;
                Ok(toxic)
            });
            let toxic = toxic.map_err(|error| error.in_toxic(index))?;
            names.insert(toxic.name.clone());
            let own = places.get(&toxic.name);
            match own.and_then(|place| toxics.get_mut(*place)) {
                None => toxics.push(toxic),
                Some(own) if own.can_become(&toxic) => *own = toxic.in_profile(),
                Some(_) => {
                    let taken = ControlError::ProfileClash {
                        profile: named.unwrap_or_default().to_owned(),
                        toxic: toxic.name,
                    };
                    return Err(taken.in_toxic(index));
                }
            }
        }
    }
    env.limits.admit_toxics(toxics.len())?;
    let profile = profile.map(|profile| (profile, made));
    Ok(ToxicList { profile, toxics })
}

/// Creates a proxy with its toxics. It enters the registry only when it accepts connections, so that no
/// client sees a proxy that does not accept yet.
pub(in crate::control) async fn create(
    registry: Arc<Registry>,
    new: NewProxy,
    listen: Listen,
    actor: Actor,
) -> Result<ProxyView, ControlError> {
    let (name, upstream) = required(&new, None)?;
    registry.admit_start()?;
    if registry.proxies().contains_key(name) {
        return Err(ControlError::ProxyExists {
            proxy: name.to_owned(),
        });
    }
    strict::admit(registry.env.strict, || own_warnings(&new))?;
    registry
        .env
        .limits
        .admit_proxies(registry.proxies().len() + 1)?;
    let toxics = read_toxics(&new, &registry.env)?;
    let addresses = (name, listen.text.as_str(), upstream);
    let proxy = Arc::new(Proxy::new(addresses, &new, &registry.env)?);
    proxy.ensure_toxics(toxics, &actor);
    let enabled = new.enabled.unwrap_or(true);
    let bound = enabled.then(|| registry.bind(&listen)).transpose()?;
    if let Some(bound) = &bound {
        proxy.set_listen(&bound.shown());
    }
    proxy.announce(&actor);
    if let Some(bound) = bound {
        let started = proxy.start(bound, &actor);
        started.inspect_err(|_| proxy.report(&proxy.state(), ProxyEvent::Deleted, &actor))?;
    }
    registry
        .proxies()
        .insert(name.to_owned(), Arc::clone(&proxy));
    Ok(proxy.view())
}
