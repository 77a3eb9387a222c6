//! `enable`, `disable`, `update` and `reset` of proxies that are named.

use serde_json::{Map, Value, json};

use super::api::{Api, Verb};
use super::context::{self, CommandContext, OutputFormat};
use super::extras;
use super::failure::{Failure, Problem};
use super::paint::Colour;
use super::proxies;
use super::view::{self, Proxy};
use crate::args::client::ProxyChange;

/// Enables or disables proxies, whatever they were. The first that cannot be ends it.
pub(super) fn switch(
    session: &mut CommandContext<'_>,
    names: &[String],
    enabled: bool,
    until: Option<&str>,
) -> Result<String, Problem> {
    let doing = if enabled { "enable" } else { "disable" };
    let mut change = json!({ "enabled": enabled });
    extras::put_of_proxy(until, None, &mut change);
    each(session, names, doing, |api, name| {
        api.send(Verb::Post, &api.path(&["proxies", name]), Some(&change))
    })
}

/// Removes the toxics of these proxies, and enables them.
pub(super) fn reset(session: &mut CommandContext<'_>, names: &[String]) -> Result<String, Problem> {
    each(session, names, "reset", |api, name| {
        api.send(Verb::Post, &Api::query("/reset", "proxy", name), None)?;
        api.send(Verb::Get, &api.path(&["proxies", name]), None)
    })
}

/// Does something to each proxy, and tells what it is then.
fn each(
    session: &mut CommandContext<'_>,
    names: &[String],
    doing: &str,
    work: impl Fn(&Api, &str) -> Result<Value, Failure>,
) -> Result<String, Problem> {
    let api = session.api();
    let (mut lines, mut answers) = (String::new(), Map::new());
    let mut last = Value::Null;
    for name in names {
        let answer = work(&api, name).and_then(|answer| {
            let proxy: Proxy = view::read(&answer)?;
            Ok((proxy, answer))
        });
        let (proxy, answer) = answer
            .map_err(|failure| failure.in_doing(format!("failed to {doing} proxy {name}: ")))?;
        lines.push_str(&line(session, &proxy, &answer));
        answers.insert(name.clone(), answer.clone());
        last = answer;
    }
    Ok(match (session.look(), names) {
        (OutputFormat::Json, [_]) => context::json(&last),
        (OutputFormat::Json, _) => context::json(&answers.into()),
        _ => lines,
    })
}

fn line(session: &CommandContext<'_>, proxy: &Proxy, answer: &Value) -> String {
    let colour = if proxy.enabled {
        Colour::Green
    } else {
        Colour::Red
    };
    let state = session.paint().text(colour, proxy.state());
    let until = answer.get("session").and_then(Value::as_str);
    let until = until.filter(|_| !proxy.enabled);
    let until = until.map(|until| format!(" until session {until} ends"));
    let toxics = match proxy.toxics.len() {
        0 => String::new(),
        1 => ", with 1 toxic".to_owned(),
        count => format!(", with {count} toxics"),
    };
    let (name, until) = (&proxy.name, until.unwrap_or_default());
    format!("Proxy {name} is {state}{until}{toxics}\n")
}

/// Changes what is named of a proxy, and nothing else.
pub(super) fn update(
    session: &mut CommandContext<'_>,
    name: &str,
    change: &ProxyChange,
) -> Result<String, Problem> {
    let ProxyChange {
        listen,
        upstream,
        seed,
    } = change;
    let mut body = json!({});
    extras::put_of_proxy(None, *seed, &mut body);
    for (key, value) in [("listen", listen), ("upstream", upstream)] {
        if let (Some(value), Some(fields)) = (value, body.as_object_mut()) {
            fields.insert(key.into(), value.as_str().into());
        }
    }
    if body == json!({}) {
        let told = format!("Nothing is to be changed about proxy {name}");
        let hint = "Give --listen, --upstream or --seed; `aconite enable` and `aconite disable` switch it.";
        return Err(Problem::local(told).with_hint(Some(hint.to_owned())));
    }
    let api = session.api();
    let doing = |failure: Failure| failure.in_doing(format!("failed to update proxy {name}: "));
    // Without it a name that is not there would be told only after the body was looked at.
    proxies::get(&api, name).map_err(doing)?;
    let answer = api.send(Verb::Post, &api.path(&["proxies", name]), Some(&body));
    let answer = answer.and_then(|answer| Ok((view::read::<Proxy>(&answer)?, answer)));
    let (proxy, answer) = answer.map_err(doing)?;
    Ok(session.json_or(&answer, || {
        let (listen, upstream) = (&proxy.listen, &proxy.upstream);
        format!(
            "Updated proxy {name}: {listen} -> {upstream}, {}\n",
            proxy.state()
        )
    }))
}
