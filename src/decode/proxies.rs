//! Decodes proxies and toxics to create or to change.

use serde_json::value::RawValue;

use super::error::{DecodeError, JsonPath};
use super::fields::{
    LIST_OF_PROXIES, OBJECT, boolean, first, float, keep, list, object, seed, string,
};
use super::json::{self, Member};
use super::unknown_fields;
use super::{http, toxic_options};
use crate::control::{NewProxy, NewToxic, ProxyChange, ToxicChange};

/// The most toxics that a list of proxies may have in total.
const MOST_TOXICS: usize = 100_000;

/// Decodes the body of `POST /populate`: a JSON list of proxies, including toxics. `null` is the empty list.
///
/// # Errors
/// The error names the entry, the field, its value and what was expected.
pub fn read_proxies(text: &[u8]) -> Result<Vec<NewProxy>, DecodeError> {
    let text = json::text(text);
    let raw = first(&text, LIST_OF_PROXIES)?;
    let here = JsonPath::default();
    let entries = list(here, raw, LIST_OF_PROXIES)?.unwrap_or_default();
    let (mut proxies, mut toxics) = (Vec::with_capacity(entries.len()), 0);
    for (index, raw) in entries.into_iter().enumerate() {
        let new = proxy(here.proxy(index), raw)?;
        toxics += new.toxics.iter().map(NewToxic::count).sum::<usize>();
        if toxics > MOST_TOXICS {
            let why = format!("more than {MOST_TOXICS} toxics in one list: send it in parts");
            return Err(DecodeError::TooMuch(why));
        }
        proxies.push(new);
    }
    Ok(proxies)
}

/// Decodes the body of `POST /proxies`.
pub(crate) fn new_proxy(body: &[u8]) -> Result<NewProxy, DecodeError> {
    proxy(JsonPath::default(), first(&json::text(body), OBJECT)?)
}

/// Decodes the body of a proxy's update. `toxics` and `profile` are ignored, because clients may send back the proxy
/// that they received.
pub(crate) fn proxy_change(body: &[u8]) -> Result<ProxyChange, DecodeError> {
    let text = json::text(body);
    let here = JsonPath::default();
    let mut change = ProxyChange::default();
    for (name, raw) in object(here, first(&text, OBJECT)?)? {
        match name.as_str() {
            // The name cannot be changed, but Toxiproxy checks its type.
            "name" => drop(string(here.field("name"), raw)?),
            "listen" => keep(&mut change.listen, string(here.field("listen"), raw)?),
            "upstream" => keep(&mut change.upstream, string(here.field("upstream"), raw)?),
            "http" => keep(&mut change.http, http::setting(here, raw)?),
            "enabled" => keep(&mut change.enabled, boolean(here.field("enabled"), raw)?),
            "seed" => keep(&mut change.seed, seed(here.field("seed"), raw)?),
            "session" => keep(&mut change.session, string(here.field("session"), raw)?),
            "toxics" | "profile" => {}
            name => unknown_fields::keep(&mut change.unknown, name),
        }
    }
    Ok(change)
}

/// Decodes the body of `POST /proxies/{proxy}/toxics`.
pub(crate) fn new_toxic(body: &[u8]) -> Result<NewToxic, DecodeError> {
    toxic(JsonPath::default(), first(&json::text(body), OBJECT)?)
}

/// Decodes the body of a toxic's update. The name, type and stream are ignored.
pub(crate) fn toxic_change(body: &[u8]) -> Result<ToxicChange, DecodeError> {
    let text = json::text(body);
    let here = JsonPath::default();
    let mut change = ToxicChange::default();
    let mut attributes = Vec::new();
    for (name, raw) in object(here, first(&text, OBJECT)?)? {
        match name.as_str() {
            "toxicity" => keep(&mut change.toxicity, float(here.field("toxicity"), raw)?),
            "attributes" => attributes.extend(object(here.field("attributes"), raw)?),
            // These cannot be changed. They are ignored, because clients may send back the toxic that they
            // received.
            "name" | "type" | "stream" => {}
            name => {
                if !toxic_options::take(&mut change.options, here, name, raw)? {
                    unknown_fields::keep_beside(&mut change.beside, name, raw);
                }
            }
        }
    }
    let (given, among) = toxic_options::split_from_attributes(attributes, here)?;
    change.attributes = given;
    change.options = change.options.or(among);
    Ok(change)
}

fn proxy(here: JsonPath, raw: &RawValue) -> Result<NewProxy, DecodeError> {
    let mut new = NewProxy::default();
    for (name, raw) in object(here, raw)? {
        if name == "toxics" {
            let place = here.field("toxics");
            if let Some(entries) = list(place, raw, "a list of toxics")? {
                let entries = entries.into_iter().enumerate();
                let read = entries.map(|(index, raw)| toxic(place.toxic(index), raw));
                new.toxics = read.collect::<Result<_, _>>()?;
            }
        } else if !take_proxy_field(&mut new, here, &name, raw)? {
            unknown_fields::keep(&mut new.unknown, &name);
        }
    }
    Ok(new)
}

/// Decodes a field of a proxy, except its toxics. Returns whether the field is known.
pub(crate) fn take_proxy_field(
    new: &mut NewProxy,
    here: JsonPath,
    name: &str,
    raw: &RawValue,
) -> Result<bool, DecodeError> {
    match name {
        "name" => keep(&mut new.name, string(here.field("name"), raw)?),
        "listen" => keep(&mut new.listen, string(here.field("listen"), raw)?),
        "upstream" => keep(&mut new.upstream, string(here.field("upstream"), raw)?),
        "http" => keep(&mut new.http, http::setting(here, raw)?),
        "enabled" => keep(&mut new.enabled, boolean(here.field("enabled"), raw)?),
        "profile" => keep(&mut new.profile, string(here.field("profile"), raw)?),
        "seed" => keep(&mut new.seed, seed(here.field("seed"), raw)?),
        "session" => keep(&mut new.session, string(here.field("session"), raw)?),
        _ => return Ok(false),
    }
    Ok(true)
}

/// Decodes a toxic to create.
pub(super) fn toxic(here: JsonPath, raw: &RawValue) -> Result<NewToxic, DecodeError> {
    let mut fields = ToxicFields::default();
    for (name, raw) in object(here, raw)? {
        fields.take(here, &name, raw)?;
    }
    fields.finish(here)
}

/// The fields of a toxic that have been decoded so far.
#[derive(Default)]
pub(crate) struct ToxicFields<'a> {
    new: NewToxic,
    attributes: Vec<Member<'a>>,
}

impl<'a> ToxicFields<'a> {
    /// Decodes a field. Returns whether every toxic has it; any other is kept for the toxic's kind.
    pub(crate) fn take(
        &mut self,
        here: JsonPath,
        name: &str,
        raw: &'a RawValue,
    ) -> Result<bool, DecodeError> {
        let new = &mut self.new;
        match name {
            "name" => keep(&mut new.name, string(here.field("name"), raw)?),
            "type" => {
                if let Some(kind) = string(here.field("type"), raw)? {
                    new.kind = kind;
                }
            }
            "stream" => keep(&mut new.stream, string(here.field("stream"), raw)?),
            "toxicity" => keep(&mut new.toxicity, float(here.field("toxicity"), raw)?),
            "attributes" => {
                let members = object(here.field("attributes"), raw)?;
                self.attributes.extend(members);
            }
            name => {
                let is_known = toxic_options::take(&mut new.options, here, name, raw)?;
                if !is_known {
                    unknown_fields::keep_beside(&mut new.beside, name, raw);
                }
                return Ok(is_known);
            }
        }
        Ok(true)
    }

    /// The kind, or an empty string if none was given.
    pub(crate) fn kind(&self) -> &str {
        &self.new.kind
    }

    /// Makes the toxic, including the options that were given among its attributes.
    pub(crate) fn finish(self, here: JsonPath) -> Result<NewToxic, DecodeError> {
        let (attributes, among) = toxic_options::split_from_attributes(self.attributes, here)?;
        Ok(NewToxic {
            attributes,
            options: self.new.options.or(among),
            ..self.new
        })
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
