//! `toxic add`, `toxic update` and `toxic remove`.

use serde_json::{Map, Value, json};

use super::api::{Api, Verb};
use super::context::CommandContext;
use super::failure::{Failure, Problem};
use super::view::{self, Proxy, Toxic};
use super::{extras, number, proxies};
use crate::args::client::{Change, Dialect, NewToxic, ToxicOptions};
use crate::toxics::{KINDS, Kind, find};
use crate::util::suggest::nearest;

pub(super) fn add(
    session: &mut CommandContext<'_>,
    proxy: &str,
    new: &NewToxic,
) -> Result<String, Problem> {
    const DOING: &str = "Failed to add toxic: ";
    check(session, &new.kind, &new.attributes)?;
    let api = session.api();
    fetch(&api, proxy, DOING)?;
    let path = api.path(&["proxies", proxy, "toxics"]);
    let answer = api.send(Verb::Post, &path, Some(&body(new)));
    let answer = answer.and_then(|answer| Ok((view::read::<Toxic>(&answer)?, answer)));
    let (toxic, answer) = answer.map_err(|failure| {
        let hint = kind_hint(&failure, [new.kind.as_str()]);
        let doing = format!("failed to add toxic to proxy {proxy}: ");
        failure
            .in_doing(doing)
            .between(DOING, "AddToxic: ")
            .with_hint(hint)
    })?;
    Ok(session.json_or(&answer, || {
        let Toxic {
            name, kind, stream, ..
        } = &toxic;
        format!("Added {stream} {kind} toxic '{name}' on proxy '{proxy}'\n")
    }))
}

pub(super) fn update(
    session: &mut CommandContext<'_>,
    proxy: &str,
    change: &Change,
) -> Result<String, Problem> {
    const DOING: &str = "Failed to update toxic: ";
    let name = change.name.as_str();
    let is_empty = change.toxicity.is_none()
        && change.attributes.is_empty()
        && change.extras == ToxicOptions::default();
    if is_empty {
        let told = format!("Nothing is to be changed about toxic {name}");
        let hint = "Give --attribute NAME=VALUE, --toxicity or another flag: see `aconite toxic update --help`.";
        return Err(Problem::local(told).with_hint(Some(hint.to_owned())));
    }
    let api = session.api();
    let (_, seen) = fetch(&api, proxy, DOING)?;
    if let Some(toxic) = seen.toxics.iter().find(|toxic| toxic.name == name) {
        check(session, &toxic.kind, &change.attributes)?;
    }
    let mut body = json!({ "attributes": attributes(&change.attributes) });
    if let (Some(toxicity), Some(fields)) = (change.toxicity, body.as_object_mut()) {
        fields.insert("toxicity".into(), toxicity.into());
    }
    extras::put(&change.extras, &mut body);
    let path = api.path(&["proxies", proxy, "toxics", name]);
    let answer = api.send(Verb::Post, &path, Some(&body));
    let answer = answer.map_err(|failure| {
        let doing = format!("failed to update toxic '{name}' of proxy '{proxy}': ");
        failure.in_doing(doing).between(DOING, "")
    })?;
    Ok(session.json_or(&answer, || {
        format!("Updated toxic '{name}' on proxy '{proxy}'\n")
    }))
}

pub(super) fn remove(
    session: &mut CommandContext<'_>,
    proxy: &str,
    name: &str,
) -> Result<String, Problem> {
    const DOING: &str = "Failed to remove toxic: ";
    let api = session.api();
    let (answer, _) = fetch(&api, proxy, DOING)?;
    let path = api.path(&["proxies", proxy, "toxics", name]);
    let gone = api.send(Verb::Delete, &path, None);
    gone.map_err(|failure| {
        let doing = format!("failed to remove toxic '{name}' from proxy '{proxy}': ");
        failure.in_doing(doing).between(DOING, "")
    })?;
    let toxics = answer.get("toxics").and_then(Value::as_array);
    let removed = toxics.and_then(|toxics| toxics.iter().find(|toxic| toxic["name"] == name));
    Ok(session.json_or(removed.unwrap_or(&Value::Null), || {
        format!("Removed toxic '{name}' on proxy '{proxy}'\n")
    }))
}

fn fetch(api: &Api, proxy: &str, outer: &'static str) -> Result<(Value, Proxy), Problem> {
    proxies::get(api, proxy).map_err(|failure| {
        let doing = format!("failed to retrieve proxy with name `{proxy}`: ");
        failure.in_doing(doing).between(outer, "")
    })
}

/// A new toxic as the API takes it.
pub(super) fn body(new: &NewToxic) -> Value {
    let mut body = json!({
        "type": new.kind,
        "stream": new.stream.name(),
        "toxicity": new.toxicity,
        "attributes": attributes(&new.attributes),
    });
    if let (Some(name), Some(fields)) = (&new.name, body.as_object_mut()) {
        fields.insert("name".into(), name.as_str().into());
    }
    extras::put(&new.extras, &mut body);
    body
}

fn attributes(given: &[(String, String)]) -> Map<String, Value> {
    let read = |(name, value): &(String, String)| (name.clone(), number::read(value));
    given.iter().map(read).collect()
}

/// Looks for attributes that the kind does not have: the server ignores them, and so a slip of
/// the pen makes a toxic that does nothing. As `toxiproxy-cli` that is a note and no fault. Kinds
/// that we do not know are left to the server, which may be newer.
pub(super) fn check(
    session: &mut CommandContext<'_>,
    kind: &str,
    given: &[(String, String)],
) -> Result<(), Problem> {
    let Some(kind) = find(kind) else {
        return Ok(());
    };
    let takes: Vec<&str> = kind
        .attributes
        .iter()
        .map(|attribute| attribute.name)
        .collect();
    // The server takes these among the attributes, too; we have flags for them, which say more.
    let stands_in = session.manner() == Dialect::Toxiproxy;
    let taken = |name: &str| stands_in && extras::NAMES.contains(&name);
    let known = |name: &str| takes.contains(&name.to_lowercase().as_str()) || taken(name);
    for (name, _) in given.iter().filter(|(name, _)| !known(name)) {
        let told = format!("{} has no attribute {name:?}.", kind.name);
        let hint = match (nearest(name, takes.iter().copied()), takes.is_empty()) {
            _ if extras::NAMES.contains(&name.as_str()) => {
                "That is a setting of the toxic: see `aconite toxic add --help`.".to_owned()
            }
            (Some(meant), _) => format!("Did you mean {meant}?"),
            (None, true) => "It has none at all.".to_owned(),
            (None, false) => format!("It has {}.", takes.join(", ")),
        };
        if session.manner() == Dialect::Aconite {
            return Err(Problem::local(told).with_hint(Some(hint)));
        }
        session.note(format!("{told} {hint}"));
    }
    check_values(session, kind, given)
}

/// Looks for values that the server takes, as Toxiproxy does, though they make no sense: they act
/// like the nearest that does.
fn check_values(
    session: &mut CommandContext<'_>,
    kind: &Kind,
    given: &[(String, String)],
) -> Result<(), Problem> {
    for attribute in kind.attributes {
        let values = given
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(attribute.name));
        let mut values = values.filter_map(|(_, value)| number::read(value).as_i64());
        let Some(value) = values.find(|value| !attribute.sensible.contains(value)) else {
            continue;
        };
        let (name, unit) = (attribute.name, attribute.unit);
        let told = format!("{name} of {} is {value}, which makes no sense.", kind.name);
        let least = attribute.sensible.start();
        let hint = match *attribute.sensible.end() {
            i64::MAX => format!("Give {least} or more (in {unit})."),
            most => format!("Give {least} to {most} (in {unit})."),
        };
        if session.manner() == Dialect::Aconite {
            return Err(Problem::local(told).with_hint(Some(hint)));
        }
        session.note(format!("{told} {hint}"));
    }
    Ok(())
}

/// Which kind may have been meant, if the server knows none of that name.
pub(super) fn kind_hint<'a>(
    failure: &Failure,
    kinds: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let Failure::Refused {
        status: 400, error, ..
    } = failure
    else {
        return None;
    };
    if !error.contains("invalid toxic type") {
        return None;
    }
    let unknown = kinds.into_iter().find(|kind| find(kind).is_none())?;
    Some(unknown_kind(unknown))
}

/// The way out for someone who named a kind that there is not.
pub(super) fn unknown_kind(name: &str) -> String {
    let meant = nearest(name, KINDS.iter().map(|kind| kind.name));
    let meant = meant.map(|meant| format!("Did you mean {meant}? "));
    let meant = meant.unwrap_or_default();
    format!("{meant}`aconite toxic types` explains every kind.")
}
