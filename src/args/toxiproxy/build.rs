//! From the flags of a command to what shall be done, with the reference's objections.

use std::time::Duration;

use thiserror::Error;

use super::walk::Walked;
use crate::args::client::{Action, Change, NewProxy, NewToxic, Stream, ToxicOptions};
use crate::args::{extras, values};

/// What a command lacks or has wrong.
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
    /// Whether the command's help goes before it.
    pub(super) fn shows_help(&self) -> bool {
        matches!(
            self,
            Fault::NoProxy | Fault::NoToxicsProxy | Fault::Empty(_)
        )
    }
}

/// The proxy that a command is about; words behind its name are ignored, as the reference does.
fn proxy(walked: &Walked, missing: Fault) -> Result<String, Fault> {
    let name = walked.words.first().filter(|name| !name.is_empty());
    name.cloned().ok_or(missing)
}

fn required(walked: &Walked, flag: &'static str) -> Result<String, Fault> {
    let value = walked.last(flag).filter(|value| !value.is_empty());
    value.map(str::to_owned).ok_or(Fault::Empty(flag))
}

/// Words are names of proxies, as with `aconite reset`: to ignore them would reset all others, too.
pub(super) fn reset(walked: &Walked) -> Result<Action, Fault> {
    Ok(match walked.words.as_slice() {
        [] => Action::Reset,
        names => Action::ResetProxies {
            proxies: names.to_vec(),
        },
    })
}

pub(super) fn inspect(walked: &Walked) -> Result<Action, Fault> {
    let proxy = proxy(walked, Fault::NoProxy)?;
    Ok(Action::Inspect { proxy })
}

pub(super) fn toggle(walked: &Walked) -> Result<Action, Fault> {
    let proxy = proxy(walked, Fault::NoProxy)?;
    Ok(Action::Toggle {
        proxy,
        session: extras(walked)?.session,
    })
}

pub(super) fn delete(walked: &Walked) -> Result<Action, Fault> {
    let proxy = proxy(walked, Fault::NoProxy)?;
    Ok(Action::Delete { proxy })
}

pub(super) fn create(walked: &Walked) -> Result<Action, Fault> {
    let toxics = walked.all("toxic").map(values::toxic);
    Ok(Action::Create(NewProxy {
        name: proxy(walked, Fault::NoProxy)?,
        listen: required(walked, "listen")?,
        upstream: required(walked, "upstream")?,
        enabled: !walked.has("disabled"),
        toxics: toxics.collect::<Result<_, _>>()?,
        session: extras(walked)?.session,
        seed: extras(walked)?.seed,
    }))
}

pub(super) fn add(walked: &Walked) -> Result<Action, Fault> {
    let proxy = proxy(walked, Fault::NoToxicsProxy)?;
    let kind = required(walked, "type")?;
    let stream = match (walked.has("upstream"), walked.has("downstream")) {
        (true, true) => return Err(Fault::BothStreams),
        (true, false) => Stream::Upstream,
        (false, _) => Stream::Downstream,
    };
    let toxic = NewToxic {
        name: Some(toxic_name(walked)).filter(|name| !name.is_empty()),
        kind,
        stream,
        toxicity: toxicity(walked)?,
        attributes: attributes(walked),
        extras: extras(walked)?,
    };
    Ok(Action::AddToxic { proxy, toxic })
}

/// Without a toxicity it becomes 1, as the reference has it.
pub(super) fn update(walked: &Walked) -> Result<Action, Fault> {
    let proxy = proxy(walked, Fault::NoToxicsProxy)?;
    let change = Change {
        name: toxic_name(walked),
        toxicity: Some(toxicity(walked)?),
        attributes: attributes(walked),
        extras: extras(walked)?,
    };
    Ok(Action::UpdateToxic { proxy, change })
}

pub(super) fn remove(walked: &Walked) -> Result<Action, Fault> {
    let proxy = proxy(walked, Fault::NoToxicsProxy)?;
    let name = toxic_name(walked);
    Ok(Action::RemoveToxic { proxy, name })
}

pub(super) fn types(walked: &Walked) -> Result<Action, Fault> {
    let kind = walked.words.first().cloned();
    Ok(Action::Types { kind })
}

pub(super) fn wait(walked: &Walked) -> Result<Action, Fault> {
    let timeout = timeout(walked, Duration::from_secs(30))?;
    Ok(Action::Wait { timeout })
}

pub(super) fn health(walked: &Walked) -> Result<Action, Fault> {
    let timeout = timeout(walked, Duration::from_secs(2))?;
    Ok(Action::Health { timeout })
}

fn timeout(walked: &Walked, usual: Duration) -> Result<Duration, Fault> {
    let given = walked.last("timeout").map(values::wait_limit).transpose()?;
    Ok(given.unwrap_or(usual))
}

pub(super) fn completions(walked: &Walked) -> Result<Action, Fault> {
    let shell = walked.words.first().map(String::as_str);
    let shell = values::shell(shell.unwrap_or_default())?;
    Ok(Action::Completions { shell })
}

/// May be empty: the reference leaves it to the server to object.
fn toxic_name(walked: &Walked) -> String {
    walked.last("toxicName").unwrap_or_default().to_owned()
}

fn toxicity(walked: &Walked) -> Result<f64, Fault> {
    let text = walked.last("toxicity").filter(|text| !text.is_empty());
    values::toxicity(text.unwrap_or("1")).map_err(|_| Fault::Toxicity)
}

/// What only aconite has, under the same names as its own flags.
fn extras(walked: &Walked) -> Result<ToxicOptions, Fault> {
    let mut extras = ToxicOptions::default();
    for (flag, setting) in extras::FLAGS {
        for value in walked.all(flag) {
            extras::set(&mut extras, setting, value)?;
        }
    }
    Ok(extras)
}

/// What is no `NAME=VALUE` is ignored, as the reference does.
fn attributes(walked: &Walked) -> Vec<(String, String)> {
    let pairs = walked.all("attribute").flat_map(|text| text.split(','));
    pairs
        .filter_map(|pair| values::attribute(pair).ok())
        .collect()
}
