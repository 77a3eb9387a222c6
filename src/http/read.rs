//! Bodies and config files → the values that `control` takes.
//!
//! May know: `control`'s values. Must not know: axum, status codes.
//!
//! The rules are those of Go's decoder: names of fields in any case, unknown ones ignored, `null`
//! is not given, and of a repeated field the last counts, though each is checked.

use std::time::Duration;

use serde_json::value::RawValue;

use super::config_text;
use super::decode_error::{JsonPath, WireError};
use super::extras;
use super::json::{self, Member, Value};
use super::strays;
use crate::control::{NewProxy, NewToxic, ProxyChange, ToxicChange};

/// Toxics that a list of proxies may bring, all together.
const MOST_TOXICS: usize = 100_000;

const OBJECT: &str = "an object";
const LIST_OF_PROXIES: &str = "a list of proxies";

/// Reads a config file: a JSON list of proxies, toxics included, or an object with the list as its
/// `proxies`. `null` is the empty list.
///
/// # Errors
/// Says which entry, which field, its value and what was expected.
pub fn read_config(text: &[u8]) -> Result<Vec<NewProxy>, WireError> {
    let decoded = config_text::decode(text).map_err(WireError::Syntax)?;
    let raw = first(&decoded, LIST_OF_PROXIES)?;
    let Value::Object(members) = look(raw)? else {
        return read_proxies(decoded.as_bytes());
    };
    let mut list = None;
    for (name, raw) in members {
        if name == "proxies" {
            list = Some(read_proxies(raw.get().as_bytes())?);
        }
    }
    list.ok_or_else(|| {
        JsonPath::default().wrong(
            raw.get(),
            "a list of proxies, or an object that has it as \"proxies\"",
        )
    })
}

/// Reads the body of `POST /populate`: a JSON list of proxies, toxics included. `null` is the empty
/// list.
///
/// # Errors
/// Says which entry, which field, its value and what was expected.
pub fn read_proxies(text: &[u8]) -> Result<Vec<NewProxy>, WireError> {
    let text = json::text(text);
    let raw = first(&text, LIST_OF_PROXIES)?;
    let here = JsonPath::default();
    let entries = list(here, raw, LIST_OF_PROXIES)?.unwrap_or_default();
    let (mut proxies, mut toxics) = (Vec::with_capacity(entries.len()), 0);
    for (index, raw) in entries.into_iter().enumerate() {
        let new = proxy(here.proxy(index), raw)?;
        toxics += new.toxics.len();
        if toxics > MOST_TOXICS {
            let why = format!("more than {MOST_TOXICS} toxics in one list: send it in parts");
            return Err(WireError::TooMuch(why));
        }
        proxies.push(new);
    }
    Ok(proxies)
}

/// Reads the body of `POST /proxies`.
pub(super) fn new_proxy(body: &[u8]) -> Result<NewProxy, WireError> {
    proxy(JsonPath::default(), first(&json::text(body), OBJECT)?)
}

/// Reads the body of an update of a proxy. `toxics` is not looked at: a client may send back what
/// it got.
pub(super) fn proxy_change(body: &[u8]) -> Result<ProxyChange, WireError> {
    let text = json::text(body);
    let here = JsonPath::default();
    let mut change = ProxyChange::default();
    for (name, raw) in object(here, first(&text, OBJECT)?)? {
        match name.as_str() {
            // It cannot be changed, but the reference checks its type.
            "name" => drop(string(here.field("name"), raw)?),
            "listen" => keep(&mut change.listen, string(here.field("listen"), raw)?),
            "upstream" => keep(&mut change.upstream, string(here.field("upstream"), raw)?),
            "enabled" => keep(&mut change.enabled, boolean(here.field("enabled"), raw)?),
            "seed" => keep(&mut change.seed, extras::number(here.field("seed"), raw)?),
            "session" => keep(&mut change.session, string(here.field("session"), raw)?),
            "toxics" => {}
            name => strays::keep(&mut change.unknown, name),
        }
    }
    Ok(change)
}

/// Reads the body of `POST /proxies/{proxy}/toxics`.
pub(super) fn new_toxic(body: &[u8]) -> Result<NewToxic, WireError> {
    toxic(JsonPath::default(), first(&json::text(body), OBJECT)?)
}

/// Reads the body of an update of a toxic. Its name, type and stream are not looked at.
pub(super) fn toxic_change(body: &[u8]) -> Result<ToxicChange, WireError> {
    let text = json::text(body);
    let here = JsonPath::default();
    let mut change = ToxicChange::default();
    let mut attributes = Vec::new();
    for (name, raw) in object(here, first(&text, OBJECT)?)? {
        match name.as_str() {
            "toxicity" => keep(&mut change.toxicity, float(here.field("toxicity"), raw)?),
            "attributes" => attributes.extend(object(here.field("attributes"), raw)?),
            // They cannot be changed; a client may send back what it got.
            "name" | "type" | "stream" => {}
            name => {
                if !extras::take(&mut change.extras, here, name, raw)? {
                    strays::keep(&mut change.unknown, name);
                }
            }
        }
    }
    let (given, among) = extras::apart(attributes, here)?;
    change.attributes = given;
    change.extras = change.extras.or(among);
    Ok(change)
}

fn proxy(here: JsonPath, raw: &RawValue) -> Result<NewProxy, WireError> {
    let mut new = NewProxy::default();
    for (name, raw) in object(here, raw)? {
        match name.as_str() {
            "name" => keep(&mut new.name, string(here.field("name"), raw)?),
            "listen" => keep(&mut new.listen, string(here.field("listen"), raw)?),
            "upstream" => keep(&mut new.upstream, string(here.field("upstream"), raw)?),
            "enabled" => keep(&mut new.enabled, boolean(here.field("enabled"), raw)?),
            "seed" => keep(&mut new.seed, extras::number(here.field("seed"), raw)?),
            "session" => keep(&mut new.session, string(here.field("session"), raw)?),
            "toxics" => {
                let place = here.field("toxics");
                if let Some(entries) = list(place, raw, "a list of toxics")? {
                    let entries = entries.into_iter().enumerate();
                    let read = entries.map(|(index, raw)| toxic(place.toxic(index), raw));
                    new.toxics = read.collect::<Result<_, _>>()?;
                }
            }
            name => strays::keep(&mut new.unknown, name),
        }
    }
    Ok(new)
}

/// A session to start, or what to change of one.
#[derive(Debug, Default)]
pub(super) struct SessionAsked {
    pub(super) name: Option<String>,
    pub(super) ttl: Option<Duration>,
}

/// Reads the body of `POST /sessions` and of a renewal.
pub(super) fn session(body: &[u8]) -> Result<SessionAsked, WireError> {
    let text = json::text(body);
    let here = JsonPath::default();
    let mut asked = SessionAsked::default();
    for (name, raw) in object(here, first(&text, OBJECT)?)? {
        match name.as_str() {
            "name" => keep(&mut asked.name, string(here.field("name"), raw)?),
            "ttl" => keep(&mut asked.ttl, extras::time(here.field("ttl"), raw)?),
            _ => {}
        }
    }
    Ok(asked)
}

fn toxic(here: JsonPath, raw: &RawValue) -> Result<NewToxic, WireError> {
    let mut new = NewToxic::default();
    let mut attributes = Vec::new();
    for (name, raw) in object(here, raw)? {
        match name.as_str() {
            "name" => keep(&mut new.name, string(here.field("name"), raw)?),
            "type" => new.kind = string(here.field("type"), raw)?.unwrap_or(new.kind),
            "stream" => keep(&mut new.stream, string(here.field("stream"), raw)?),
            "toxicity" => keep(&mut new.toxicity, float(here.field("toxicity"), raw)?),
            "attributes" => attributes.extend(object(here.field("attributes"), raw)?),
            name => {
                if !extras::take(&mut new.extras, here, name, raw)? {
                    strays::keep(&mut new.unknown, name);
                }
            }
        }
    }
    let (given, among) = extras::apart(attributes, here)?;
    new.attributes = given;
    new.extras = new.extras.or(among);
    Ok(new)
}

fn first<'a>(text: &'a str, expected: &'static str) -> Result<&'a RawValue, WireError> {
    json::first(text).map_err(|error| match text.trim_ascii() {
        "" => WireError::Empty { expected },
        _ => syntax(&error),
    })
}

fn syntax(error: &serde_json::Error) -> WireError {
    WireError::Syntax(error.to_string())
}

pub(super) fn look(raw: &RawValue) -> Result<Value<'_>, WireError> {
    // Its syntax is checked already.
    json::look(raw).map_err(|error| WireError::TooMuch(error.to_string()))
}

pub(super) fn keep<T>(slot: &mut Option<T>, given: Option<T>) {
    if given.is_some() {
        *slot = given;
    }
}

fn object(here: JsonPath, raw: &RawValue) -> Result<Vec<Member<'_>>, WireError> {
    match look(raw)? {
        Value::Null => Ok(Vec::new()),
        Value::Object(members) => Ok(members),
        _ => Err(here.wrong(raw.get(), OBJECT)),
    }
}

fn list<'a>(
    here: JsonPath,
    raw: &'a RawValue,
    expected: &'static str,
) -> Result<Option<Vec<&'a RawValue>>, WireError> {
    match look(raw)? {
        Value::Null => Ok(None),
        Value::List(entries) => Ok(Some(entries)),
        _ => Err(here.wrong(raw.get(), expected)),
    }
}

pub(super) fn string(here: JsonPath, raw: &RawValue) -> Result<Option<String>, WireError> {
    match look(raw)? {
        Value::Null => Ok(None),
        Value::Text(text) => Ok(Some(text)),
        _ => Err(here.wrong(raw.get(), "a string")),
    }
}

fn boolean(here: JsonPath, raw: &RawValue) -> Result<Option<bool>, WireError> {
    match look(raw)? {
        Value::Null => Ok(None),
        Value::Bool(value) => Ok(Some(value)),
        _ => Err(here.wrong(raw.get(), "true or false")),
    }
}

/// A `float32` of Go: integers are fine, what rounds to infinity is not.
fn float(here: JsonPath, raw: &RawValue) -> Result<Option<f32>, WireError> {
    let number = match look(raw)? {
        Value::Null => return Ok(None),
        Value::Number(text) => text.parse().ok().filter(|value: &f32| value.is_finite()),
        _ => None,
    };
    match number {
        None => Err(here.wrong(raw.get(), "a number that fits 32-bit floating point")),
        found => Ok(found),
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
