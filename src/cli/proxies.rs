//! `toggle`, `delete`, `reset` and `config export`, and getting a proxy.

use serde_json::{Value, json};

use super::api::{Api, Verb};
use super::context::{self, CommandContext, OutputFormat};
use super::extras;
use super::failure::{Failure, Problem};
use super::paint::Colour;
use super::view::{self, Proxy};

/// A proxy, as the API shows it and as we read it.
pub(super) fn get(api: &Api, name: &str) -> Result<(Value, Proxy), Failure> {
    let answer = api.send(Verb::Get, &api.path(&["proxies", name]), None)?;
    let proxy = view::read(&answer)?;
    Ok((answer, proxy))
}

/// The same, for commands about a proxy.
pub(super) fn fetch(api: &Api, name: &str) -> Result<(Value, Proxy), Problem> {
    let doing = || format!("Failed to retrieve proxy {name}: ");
    get(api, name).map_err(|failure| failure.in_doing(doing()))
}

/// `until` is the session at whose end it is enabled again: the way back is that session's.
pub(super) fn toggle(
    session: &mut CommandContext<'_>,
    name: &str,
    until: Option<&str>,
) -> Result<String, Problem> {
    let api = session.api();
    let (_, proxy) = fetch(&api, name)?;
    let mut change = json!({ "enabled": !proxy.enabled });
    if until.is_some() && !proxy.enabled {
        let told = format!(
            "Proxy {name} is disabled already, and toggle would enable it: --session is for disabling one"
        );
        let hint = "Leave --session out to enable it.".to_owned();
        return Err(Problem::local(told).with_hint(Some(hint)));
    }
    extras::put_of_proxy(until, None, &mut change);
    let path = api.path(&["proxies", name]);
    let answer = api.send(Verb::Post, &path, Some(&change));
    let answer = answer.and_then(|answer| Ok((view::read::<Proxy>(&answer)?, answer)));
    let (proxy, answer) =
        answer.map_err(|failure| failure.in_doing(format!("Failed to toggle proxy {name}: ")))?;
    Ok(session.json_or(&answer, || {
        let colour = if proxy.enabled {
            Colour::Green
        } else {
            Colour::Red
        };
        let paint = session.paint();
        let (name, state) = (paint.text(colour, name), paint.text(colour, proxy.state()));
        let until = until.filter(|until| answer.get("session") == Some(&json!(until)));
        let until = until.map(|until| format!(" until session {until} ends"));
        format!("Proxy {name} is now {state}{}\n", until.unwrap_or_default())
    }))
}

pub(super) fn delete(session: &mut CommandContext<'_>, name: &str) -> Result<String, Problem> {
    let api = session.api();
    let (proxy, _) = fetch(&api, name)?;
    let path = api.path(&["proxies", name]);
    let gone = api.send(Verb::Delete, &path, None);
    gone.map_err(|failure| failure.in_doing(format!("Failed to delete proxy {name}: ")))?;
    Ok(session.json_or(&proxy, || format!("Deleted proxy {name}\n")))
}

/// Takes every toxic away and enables every proxy; as JSON, says what there is then.
pub(super) fn reset(session: &mut CommandContext<'_>) -> Result<String, Problem> {
    let api = session.api();
    let done = api.send(Verb::Post, "/reset", None);
    done.map_err(|failure| failure.in_doing("Failed to reset: "))?;
    if session.look() != OutputFormat::Json {
        return Ok("Reset: all toxics removed, all proxies enabled\n".to_owned());
    }
    let proxies = api.send(Verb::Get, "/proxies", None);
    let proxies = proxies.map_err(|failure| failure.in_doing("Failed to retrieve proxies: "))?;
    Ok(context::json(&proxies))
}

/// What runs, as a config file; the same with `--json` and without.
pub(super) fn export(session: &mut CommandContext<'_>) -> Result<String, Problem> {
    let api = session.api();
    let config = api.send(Verb::Get, "/config", None);
    let config = config.map_err(|failure| failure.in_doing("Failed to export the config: "))?;
    Ok(context::json(&config))
}
