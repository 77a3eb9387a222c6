//! `enable` and `disable`: sets the state of proxies, whatever it was.

use serde_json::{Map, Value, json};

use super::proxies;
use super::toxic_options;
use crate::cli::api::client::{ApiClient, Verb};
use crate::cli::api::view::Proxy;
use crate::cli::context::CommandContext;
use crate::cli::error::{CommandError, RequestError};
use crate::cli::output::format::{OutputFormat, json};

/// `session` is the session at whose end disabled proxies are enabled again.
pub(crate) fn run(
    context: &mut CommandContext<'_>,
    names: &[String],
    enabled: bool,
    session: Option<&str>,
) -> Result<String, CommandError> {
    let verb = if enabled { "enable" } else { "disable" };
    let mut change = json!({ "enabled": enabled });
    toxic_options::put_of_proxy(session, None, &mut change);
    for_each(context, names, verb, |api, name| {
        api.fetch(Verb::Post, &api.path(&["proxies", name]), Some(&change))
    })
}

/// Does `work` to each proxy, and prints each afterwards. The first error ends it.
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
        lines.push_str(&line(context, &proxy, &answer));
        answers.insert(name.clone(), answer.clone());
        last = answer;
    }
    Ok(match (context.format(), names) {
        (OutputFormat::Json, [_]) => json(&last),
        (OutputFormat::Json, _) => json(&answers.into()),
        _ => lines,
    })
}

fn line(context: &CommandContext<'_>, proxy: &Proxy, answer: &Value) -> String {
    let state = context
        .palette()
        .text(proxies::state_colour(proxy), proxy.state());
    let session = answer.get("session").and_then(Value::as_str);
    let session = session.filter(|_| !proxy.enabled);
    let until = session.map(|session| format!(" until session {session} ends"));
    let toxics = match proxy.toxics.len() {
        0 => String::new(),
        1 => ", with 1 toxic".to_owned(),
        count => format!(", with {count} toxics"),
    };
    let (name, until) = (&proxy.name, until.unwrap_or_default());
    format!("Proxy {name} is {state}{until}{toxics}\n")
}
