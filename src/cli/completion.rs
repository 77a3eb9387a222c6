//! What a shell offers when Tab is pressed, including names that exist on the server.
//!
//! Nothing is printed and the shell is not kept waiting: if the server does not answer in time,
//! nothing is offered.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::time::Duration;

use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use serde::de::DeserializeOwned;

use super::api::client::{ApiClient, Verb};
use super::api::response;
use super::context::{CommandContext, Environment};
use crate::args::client::{Action, Client, Dialect};
use crate::args::{self, Named};
use crate::toxics::{Catalogue, presets};
use crate::util::text::is_unsafe;
use crate::wire::{Profiles, Proxy, Sessions};

/// The time limit for the server's answer.
const LIMIT: Duration = Duration::from_millis(500);

/// Answers the script that `aconite completions` printed, if that script started this process.
/// Returns whether it did.
pub fn complete(words: &[OsString]) -> bool {
    if std::env::var_os(args::COMPLETE).is_none() {
        return false;
    }
    let typed: Vec<String> = words
        .iter()
        .skip_while(|word| *word != "--")
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let definition = || {
        let kinds: Vec<&str> = Catalogue::default().names().collect();
        args::completed(&kinds, &|what| {
            let typed = typed.clone();
            ArgValueCompleter::new(move |typed_part: &OsStr| offer(what, &typed, typed_part))
        })
    };
    let answered = CompleteEnv::with_factory(definition)
        .var(args::COMPLETE)
        .bin("aconite")
        .completer("aconite")
        .try_complete(words.iter().cloned(), None);
    answered.unwrap_or(true)
}

fn offer(what: Named, typed: &[String], typed_part: &OsStr) -> Vec<CompletionCandidate> {
    let typed_part = typed_part.to_string_lossy();
    // An attribute may follow others in one word.
    let others = match what {
        Named::Attribute => typed_part.rfind(',').map_or(0, |comma| comma + 1),
        _ => 0,
    };
    let (others, begun) = typed_part.split_at_checked(others).unwrap_or_default();
    let names = names_of(what, typed).unwrap_or_default().into_iter();
    // Values follow their attribute only when that is complete.
    let value = |name: &str| {
        name.split_once('=')
            .is_some_and(|(_, value)| !value.is_empty())
    };
    let names =
        names.filter(|name| what != Named::Attribute || begun.contains('=') || !value(name));
    let matching = names.filter(|name| name.starts_with(begun));
    let matching = matching.map(|name| format!("{others}{name}"));
    // The shell reads one candidate per line, and a terminal would obey a control character.
    let matching = matching.filter(|name| !name.contains(is_unsafe));
    matching.map(CompletionCandidate::new).collect()
}

/// The names that exist. `None`: they are unavailable.
fn names_of(what: Named, typed: &[String]) -> Option<Vec<String>> {
    match what {
        Named::Attribute => {
            let kind = flag(typed, &["--type", "-t"]);
            let presets = preset_names(kind.as_deref()).map(|name| format!("preset={name}"));
            let attributes = attributes(kind.as_deref()).into_iter();
            Some(attributes.chain(presets).collect())
        }
        Named::Preset => Some(preset_names(None).map(str::to_owned).collect()),
        what => on_server(what, typed),
    }
}

/// The presets of one kind of toxic, or of all kinds.
fn preset_names(kind: Option<&str>) -> impl Iterator<Item = &'static str> {
    let of_kind = presets().filter(move |preset| kind.is_none_or(|kind| kind == preset.kind));
    of_kind.map(|preset| preset.name)
}

/// The attributes of one kind of toxic, or of all kinds, in the form that precedes their value.
fn attributes(kind: Option<&str>) -> Vec<String> {
    let is_asked = |name: &str| kind.is_none_or(|kind| kind == name);
    let catalogue = Catalogue::default();
    let kinds = catalogue.kinds().filter(|kind| is_asked(kind.name));
    let names = kinds.flat_map(|kind| kind.attributes.iter().map(|one| one.name));
    let names: BTreeSet<&str> = names.collect();
    names.iter().map(|name| format!("{name}=")).collect()
}

/// The names on the server. `None`: it does not answer.
fn on_server(what: Named, typed: &[String]) -> Option<Vec<String>> {
    let client = Client {
        dialect: Dialect::Aconite,
        host: flag(typed, &["--host", "-H"]),
        token: flag(typed, &["--auth-token"]),
        json: false,
        action: Action::List,
    };
    let environment = Environment::of_process();
    let api = CommandContext::new(&client, &environment).api();
    match what {
        Named::Attribute | Named::Preset => None,
        Named::Session => {
            let list: Sessions = get(&api, "/sessions")?;
            Some(
                list.sessions
                    .into_iter()
                    .map(|session| session.name)
                    .collect(),
            )
        }
        Named::Profile => {
            let list: Profiles = get(&api, "/profiles")?;
            let names = list.profiles.into_iter().map(|profile| profile.name);
            Some(names.collect())
        }
        Named::Proxy => {
            let proxies: BTreeMap<String, Proxy> = get(&api, "/proxies")?;
            Some(proxies.into_keys().collect())
        }
        Named::Toxic => {
            let proxies: BTreeMap<String, Proxy> = get(&api, "/proxies")?;
            let before = typed.iter().rev().skip(1);
            let proxy = before.filter_map(|word| proxies.get(word)).next()?;
            Some(
                proxy
                    .toxics
                    .iter()
                    .map(|toxic| toxic.name.clone())
                    .collect(),
            )
        }
    }
}

fn get<T: DeserializeOwned>(api: &ApiClient, path: &str) -> Option<T> {
    let answer = api.send_within(LIMIT, Verb::Get, path, None).ok()?;
    response::typed(&answer).ok()
}

/// The value of a flag among the words, after a space or an equals sign.
fn flag(typed: &[String], names: &[&str]) -> Option<String> {
    let mut words = typed.iter();
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        if names.contains(&name) {
            return value.or_else(|| words.next().cloned());
        }
    }
    None
}
