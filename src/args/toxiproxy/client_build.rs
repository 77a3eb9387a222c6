//! Converts the flags of a `toxiproxy-cli` command to its action, with Toxiproxy's errors.

use std::time::Duration;

use thiserror::Error;

use super::client_flags::ParsedFlags;
use crate::args::client::{Action, Change, NewProxy, NewToxic, Stream, ToxicOptions};
use crate::args::{attribute_list, request_match, toxic_options, toxic_word, values};

/// What is missing from a command, or wrong with it.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum Fault {
    #[error("Proxy name is required as the first argument.")]
    NoProxy,
    #[error("Proxy name is missing.")]
    NoToxicsProxy,
    #[error("Required argument '{0}' was empty.")]
    Empty(&'static str),
    #[error("toxicity should be a float between 0 and 1.")]
    Toxicity,
    #[error("Only one should be specified: upstream or downstream.")]
    BothStreams,
    #[error("{0}")]
    Value(#[from] values::BadValue),
}

impl Fault {
    /// Whether the command's help is printed before the error.
    pub(super) fn shows_help(&self) -> bool {
        matches!(
            self,
            Fault::NoProxy | Fault::NoToxicsProxy | Fault::Empty(_)
        )
    }
}

/// The proxy's name. Arguments after it are ignored, as Toxiproxy does.
fn proxy(parsed: &ParsedFlags, missing: Fault) -> Result<String, Fault> {
    let name = parsed.words.first().filter(|name| !name.is_empty());
    name.cloned().ok_or(missing)
}

fn required(parsed: &ParsedFlags, flag: &'static str) -> Result<String, Fault> {
    let value = parsed.last(flag).filter(|value| !value.is_empty());
    value.map(str::to_owned).ok_or(Fault::Empty(flag))
}

/// Arguments are names of proxies, as in `aconite reset`. Ignoring them would reset all proxies.
pub(super) fn reset(parsed: &ParsedFlags) -> Result<Action, Fault> {
    Ok(match parsed.words.as_slice() {
        [] => Action::Reset,
        names => Action::ResetProxies {
            proxies: names.to_vec(),
        },
    })
}

pub(super) fn inspect(parsed: &ParsedFlags) -> Result<Action, Fault> {
    let proxy = proxy(parsed, Fault::NoProxy)?;
    Ok(Action::Inspect { proxy })
}

pub(super) fn toggle(parsed: &ParsedFlags) -> Result<Action, Fault> {
    let proxy = proxy(parsed, Fault::NoProxy)?;
    Ok(Action::Toggle {
        proxy,
        session: options(parsed)?.session,
    })
}

pub(super) fn delete(parsed: &ParsedFlags) -> Result<Action, Fault> {
    let proxy = proxy(parsed, Fault::NoProxy)?;
    Ok(Action::Delete { proxy })
}

pub(super) fn create(parsed: &ParsedFlags) -> Result<Action, Fault> {
    let toxics = parsed.all("toxic").map(toxic_word::toxic);
    Ok(Action::Create(NewProxy {
        name: proxy(parsed, Fault::NoProxy)?,
        listen: required(parsed, "listen")?,
        upstream: required(parsed, "upstream")?,
        http: None,
        enabled: !parsed.has("disabled"),
        profile: None,
        toxics: toxics.collect::<Result<_, _>>()?,
        session: options(parsed)?.session,
        seed: options(parsed)?.seed,
    }))
}

pub(super) fn add(parsed: &ParsedFlags) -> Result<Action, Fault> {
    let proxy = proxy(parsed, Fault::NoToxicsProxy)?;
    let kind = required(parsed, "type")?;
    let stream = match (parsed.has("upstream"), parsed.has("downstream")) {
        (true, true) => return Err(Fault::BothStreams),
        (true, false) => Stream::Upstream,
        (false, _) => Stream::Downstream,
    };
    let toxic = NewToxic {
        name: Some(toxic_name(parsed)).filter(|name| !name.is_empty()),
        kind,
        stream,
        toxicity: toxicity(parsed)?,
        attributes: attributes(parsed),
        headers: headers(parsed)?,
        body: parsed.last("body").map(values::body),
        options: options(parsed)?,
    };
    Ok(Action::AddToxic { proxy, toxic })
}

/// The toxicity is 1 if none is given, as in Toxiproxy.
pub(super) fn update(parsed: &ParsedFlags) -> Result<Action, Fault> {
    let proxy = proxy(parsed, Fault::NoToxicsProxy)?;
    let change = Change {
        name: toxic_name(parsed),
        toxicity: Some(toxicity(parsed)?),
        attributes: attributes(parsed),
        headers: headers(parsed)?,
        body: parsed.last("body").map(values::body),
        options: options(parsed)?,
    };
    Ok(Action::UpdateToxic { proxy, change })
}

pub(super) fn remove(parsed: &ParsedFlags) -> Result<Action, Fault> {
    let proxy = proxy(parsed, Fault::NoToxicsProxy)?;
    let name = toxic_name(parsed);
    Ok(Action::RemoveToxic { proxy, name })
}

pub(super) fn types(parsed: &ParsedFlags) -> Result<Action, Fault> {
    let kind = parsed.words.first().cloned();
    Ok(Action::Types { kind })
}

pub(super) fn wait(parsed: &ParsedFlags) -> Result<Action, Fault> {
    let timeout = timeout(parsed, Duration::from_secs(30))?;
    Ok(Action::Wait { timeout })
}

pub(super) fn health(parsed: &ParsedFlags) -> Result<Action, Fault> {
    let timeout = timeout(parsed, Duration::from_secs(2))?;
    Ok(Action::Health { timeout })
}

fn timeout(parsed: &ParsedFlags, default: Duration) -> Result<Duration, Fault> {
    let given = parsed.last("timeout").map(values::wait_limit).transpose()?;
    Ok(given.unwrap_or(default))
}

pub(super) fn completions(parsed: &ParsedFlags) -> Result<Action, Fault> {
    let shell = parsed.words.first().map(String::as_str);
    let shell = values::shell(shell.unwrap_or_default())?;
    Ok(Action::Completions { shell })
}

/// May be empty: Toxiproxy leaves it to the server to refuse an empty value.
fn toxic_name(parsed: &ParsedFlags) -> String {
    parsed.last("toxicName").unwrap_or_default().to_owned()
}

fn toxicity(parsed: &ParsedFlags) -> Result<f64, Fault> {
    let text = parsed.last("toxicity").filter(|text| !text.is_empty());
    values::toxicity(text.unwrap_or("1")).map_err(|_| Fault::Toxicity)
}

/// The options that only aconite has, under the names of `aconite`'s flags.
fn options(parsed: &ParsedFlags) -> Result<ToxicOptions, Fault> {
    let mut options = ToxicOptions::default();
    for (flag, setting) in toxic_options::FLAGS {
        for value in parsed.all(flag) {
            toxic_options::set(&mut options, setting, value)?;
        }
    }
    Ok(options)
}

fn headers(parsed: &ParsedFlags) -> Result<Vec<(String, Option<String>)>, Fault> {
    let headers = parsed.all("header").map(request_match::field);
    Ok(headers.collect::<Result<_, _>>()?)
}

/// The attributes whose value is any text, so that a comma is part of it. Toxiproxy has none of them.
const TEXTS: [&str; 3] = ["body", "append", "response_body"];

/// Arguments that are not `NAME=VALUE` are ignored, as in Toxiproxy, unless they continue a text. Commas
/// within JSON do not separate attributes.
fn attributes(parsed: &ParsedFlags) -> Vec<(String, String)> {
    let mut attributes: Vec<(String, String)> = Vec::new();
    for given in parsed.all("attribute") {
        let first = attributes.len();
        for part in attribute_list::split(given) {
            match (values::attribute(part), attributes.get_mut(first..)) {
                (Ok(attribute), _) => attributes.push(attribute),
                (Err(_), Some([.., (name, text)])) if TEXTS.contains(&name.as_str()) => {
                    text.push(',');
                    text.push_str(part);
                }
                (Err(_), _) => {}
            }
        }
    }
    attributes
}
