//! `session list`, `start`, `renew` and `end`, and `reset --session`.

use std::time::Duration;

use serde_json::json;

use crate::args::client::OnSession;
use crate::cli::api::client::{Body, Verb};
use crate::cli::api::path::query;
use crate::cli::context::CommandContext;
use crate::cli::error::{CommandError, RequestError};
use crate::cli::output::format::{OutputFormat, json};
use crate::wire::{NewSession, Session, Sessions, Span};

pub(crate) fn run(
    context: &mut CommandContext<'_>,
    what: &OnSession,
) -> Result<String, CommandError> {
    match what {
        OnSession::List => list(context),
        OnSession::Start { name, ttl } => start(context, name.as_deref(), *ttl),
        OnSession::Renew { name, ttl } => renew(context, name, *ttl),
        OnSession::End { name } => end(context, name),
        OnSession::Reset { name } => reset(context, name),
    }
}

fn list(context: &CommandContext<'_>) -> Result<String, CommandError> {
    let api = context.api();
    let listed = api.fetch::<Sessions>(Verb::Get, "/sessions", None);
    let (list, answer) = listed.map_err(|error| error.in_doing("failed to list the sessions: "))?;
    if context.format() == OutputFormat::Json {
        return Ok(json(&answer));
    }
    let row = |session: Session| {
        let times = [session.ttl, session.expires_in].map(|time| time.to_string());
        let [ttl, expires_in] = times;
        [session.name, ttl, expires_in]
    };
    let rows: Vec<_> = list.sessions.into_iter().map(row).collect();
    let heading = ["SESSION", "TTL", "ENDS IN"];
    Ok(context.rows(heading, &rows, "There are no sessions."))
}

fn start(
    context: &CommandContext<'_>,
    name: Option<&str>,
    ttl: Option<Duration>,
) -> Result<String, CommandError> {
    let body = NewSession {
        name: name.map(str::to_owned),
        ttl: ttl.map(Span),
    };
    let api = context.api();
    let started = api.fetch::<Session>(Verb::Post, "/sessions", Some(Body::of(&body)));
    let doing = |error: RequestError| error.in_doing("failed to start the session: ");
    let (session, answer) = started.map_err(doing)?;
    Ok(context.json_or_text(&answer, || match context.format() {
        // Scripts keep the name in a variable, because the server may have chosen it.
        OutputFormat::Plain | OutputFormat::Columns => format!("{}\n", session.name),
        _ => format!(
            "Started session {}; it ends after {} unless it is renewed\n",
            session.name, session.ttl
        ),
    }))
}

fn renew(
    context: &CommandContext<'_>,
    name: &str,
    ttl: Option<Duration>,
) -> Result<String, CommandError> {
    let api = context.api();
    let body = NewSession {
        name: None,
        ttl: ttl.map(Span),
    };
    let path = api.path(&["sessions", name, "renew"]);
    let renewed = api.fetch::<Session>(Verb::Post, &path, Some(Body::of(&body)));
    let doing = |error: RequestError| error.in_doing(format!("failed to renew session {name}: "));
    let (session, answer) = renewed.map_err(doing)?;
    Ok(context.json_or_text(&answer, || {
        format!(
            "Renewed session {name}; it ends after {} now\n",
            session.ttl
        )
    }))
}

fn end(context: &CommandContext<'_>, name: &str) -> Result<String, CommandError> {
    let api = context.api();
    let path = api.path(&["sessions", name]);
    let ended = api.send(Verb::Delete, &path, None);
    ended.map_err(|error| error.in_doing(format!("failed to end session {name}: ")))?;
    Ok(context.json_or_text(&json!({ "name": name }), || {
        format!("Ended session {name}\n")
    }))
}

fn reset(context: &CommandContext<'_>, name: &str) -> Result<String, CommandError> {
    let api = context.api();
    let path = format!("/reset{}", query(&[("session", name)]));
    let reset = api.send(Verb::Post, &path, None);
    reset.map_err(|error| error.in_doing(format!("failed to reset session {name}: ")))?;
    Ok(context.json_or_text(&json!({ "name": name }), || {
        format!("Reset: everything that was made in session {name} is undone\n")
    }))
}
