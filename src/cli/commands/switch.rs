//! `enable` and `disable`: set the state of proxies, whatever it was.

use serde_json::{Map, Value};

use super::proxies::{state, state_colour};
use crate::cli::api::client::{ApiClient, Body, Verb};
use crate::cli::context::CommandContext;
use crate::cli::error::{CommandError, RequestError};
use crate::cli::output::format::{OutputFormat, json};
use crate::wire::{Proxy, ProxyChange};

/// `session` is the session at whose end disabled proxies are enabled again.
pub(crate) fn run(
    context: &mut CommandContext<'_>,
    names: &[String],
    enabled: bool,
    session: Option<&str>,
) -> Result<String, CommandError> {
    let verb = if enabled { "enable" } else { "disable" };
    let change = ProxyChange {
        enabled: Some(enabled),
        session: session.map(str::to_owned),
        ..ProxyChange::default()
    };
    for_each(context, names, verb, |api, name| {
        let path = api.path(&["proxies", name]);
        api.fetch(Verb::Post, &path, Some(Body::of(&change)))
    })
}

/// Applies `work` to each proxy, and prints each afterwards. The first error stops the loop.
pub(crate) fn for_each(
    context: &mut CommandContext<'_>,
    names: &[String],
    verb: &str,
    work: impl Fn(&ApiClient, &str) -> Result<(Proxy, Value), RequestError>,
) -> Result<String, CommandError> {
    let api = context.api();
    let (mut lines, mut answers) = (String::new(), Map::new());
    let mut last = Value::Null;
    for name in names {
        let (proxy, answer) = work(&api, name)
            .map_err(|error| error.in_doing(format!("failed to {verb} proxy {name}: ")))?;
        lines.push_str(&line(context, &proxy));
        answers.insert(name.clone(), answer.clone());
        last = answer;
    }
    Ok(match (context.format(), names) {
        (OutputFormat::Json, [_]) => json(&last),
        (OutputFormat::Json, _) => json(&answers.into()),
        _ => lines,
    })
}

fn line(context: &CommandContext<'_>, proxy: &Proxy) -> String {
    let state = context.palette().text(state_colour(proxy), state(proxy));
    let session = proxy.session.as_ref().filter(|_| !proxy.enabled);
    let until = session.map(|session| format!(" until session {session} ends"));
    let toxics = match proxy.toxics.len() {
        0 => String::new(),
        1 => ", with 1 toxic".to_owned(),
        count => format!(", with {count} toxics"),
    };
    let (name, until) = (&proxy.name, until.unwrap_or_default());
    format!("Proxy {name} is {state}{until}{toxics}\n")
}
