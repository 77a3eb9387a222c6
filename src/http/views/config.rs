//! A config file that recreates the proxies and the custom profiles of a server.

use crate::control::{ProfileDefinition, ProxyView};
use crate::wire::{Profile, Proxy, go_json};

/// A config file: a JSON array with one line for each proxy or, if there are custom profiles, an object with both. It
/// leaves out what belongs to a session, because that is temporary.
///
/// # Errors
/// None for the types of `wire`.
pub(crate) fn config_text(
    views: Vec<ProxyView>,
    profiles: Vec<ProfileDefinition>,
) -> serde_json::Result<Vec<u8>> {
    let lasting = views.into_iter().filter_map(lasting);
    let proxies = lasting.map(|view| go_json::to_vec(&Proxy::from(view)));
    let proxies = list((b"[", b"]"), proxies.collect::<Result<_, _>>()?);
    if profiles.is_empty() {
        return Ok([&proxies[..], b"\n"].concat());
    }
    let profiles = profiles.into_iter().map(Profile::from).map(named);
    let profiles = list((b"{", b"}"), profiles.collect::<Result<_, _>>()?);
    let parts: [&[u8]; 5] = [
        b"{\"profiles\": ",
        &profiles,
        b",\n\"proxies\": ",
        &proxies,
        b"}\n",
    ];
    Ok(parts.concat())
}

/// One line for each entry, between brackets.
fn list((start, end): (&[u8], &[u8]), lines: Vec<Vec<u8>>) -> Vec<u8> {
    match *lines {
        [] => [start, end].concat(),
        _ => [start, b"\n  ", &lines.join(&b",\n  "[..]), b"\n", end].concat(),
    }
}

/// A profile as a member of an object.
fn named(mut profile: Profile) -> serde_json::Result<Vec<u8>> {
    let name = go_json::to_vec(&std::mem::take(&mut profile.name))?;
    Ok([&name[..], b": ", &go_json::to_vec(&profile)?].concat())
}

/// A proxy without what belongs to sessions and without transient state. `None` if a session created the
/// proxy. Its profile is named in place of the profile's toxics, unless these differ from what the profile defines.
fn lasting(mut view: ProxyView) -> Option<ProxyView> {
    match (view.session.take(), view.enabled) {
        // The session created the proxy, which exists only until the session ends.
        (Some(_), _) if view.created_in_session => return None,
        // The session disabled the proxy, which is enabled again when the session ends.
        (Some(_), false) => view.enabled = true,
        _ => {}
    }
    let is_named = view.is_profile_plain;
    view.profile = view.profile.filter(|_| is_named);
    view.toxics
        .retain(|toxic| toxic.options.session.is_none() && !(is_named && toxic.in_profile));
    for toxic in &mut view.toxics {
        toxic.expires_in = None;
        toxic.active = None;
    }
    Some(view)
}
