//! `session list`, `start`, `renew` and `end`, and `reset --session`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::api::{Api, Verb};
use super::context::{CommandContext, OutputFormat, json};
use super::failure::{Failure, Problem};
use super::view;
use crate::args::client::OnSession;
use crate::util::duration;

#[derive(Deserialize)]
struct List {
    sessions: Vec<Shown>,
}

/// A session as the API shows it.
#[derive(Deserialize)]
struct Shown {
    name: String,
    ttl: String,
    expires_in: String,
}

pub(super) fn run(session: &mut CommandContext<'_>, what: &OnSession) -> Result<String, Problem> {
    match what {
        OnSession::List => list(session),
        OnSession::Start { name, ttl } => start(session, name.as_deref(), *ttl),
        OnSession::Renew { name, ttl } => renew(session, name, *ttl),
        OnSession::End { name } => end(session, name),
        OnSession::Reset { name } => reset(session, name),
    }
}

fn list(session: &mut CommandContext<'_>) -> Result<String, Problem> {
    let answer = session.api().send(Verb::Get, "/sessions", None);
    let answer = answer.and_then(|answer| Ok((view::read::<List>(&answer)?, answer)));
    let (list, answer) =
        answer.map_err(|failure| failure.in_doing("failed to list the sessions: "))?;
    if session.look() == OutputFormat::Json {
        return Ok(json(&answer));
    }
    let row = |shown: Shown| [shown.name, shown.ttl, shown.expires_in];
    let rows: Vec<_> = list.sessions.into_iter().map(row).collect();
    Ok(session.rows(
        ["SESSION", "TTL", "ENDS IN"],
        &rows,
        "There are no sessions.",
    ))
}

fn start(
    session: &mut CommandContext<'_>,
    name: Option<&str>,
    ttl: Option<Duration>,
) -> Result<String, Problem> {
    let mut body = ttl_body(ttl);
    if let Some(name) = name {
        body.insert("name".into(), name.into());
    }
    let answer = session
        .api()
        .send(Verb::Post, "/sessions", Some(&body.into()));
    let (shown, answer) = read(answer, "failed to start the session: ")?;
    Ok(session.json_or(&answer, || match session.look() {
        // A name that the server made is wanted in a variable.
        OutputFormat::Plain | OutputFormat::Columns => format!("{}\n", shown.name),
        _ => format!(
            "Started session {}; it ends after {} unless it is renewed\n",
            shown.name, shown.ttl
        ),
    }))
}

fn renew(
    session: &mut CommandContext<'_>,
    name: &str,
    ttl: Option<Duration>,
) -> Result<String, Problem> {
    let api = session.api();
    let body: Value = ttl_body(ttl).into();
    let path = api.path(&["sessions", name, "renew"]);
    let answer = api.send(Verb::Post, &path, Some(&body));
    let (shown, answer) = read(answer, &format!("failed to renew session {name}: "))?;
    Ok(session.json_or(&answer, || {
        format!("Renewed session {name}; it ends after {} now\n", shown.ttl)
    }))
}

fn end(session: &mut CommandContext<'_>, name: &str) -> Result<String, Problem> {
    let api = session.api();
    let path = api.path(&["sessions", name]);
    let ended = api.send(Verb::Delete, &path, None);
    ended.map_err(|failure| failure.in_doing(format!("failed to end session {name}: ")))?;
    Ok(session.json_or(&json!({ "name": name }), || {
        format!("Ended session {name}\n")
    }))
}

fn reset(session: &mut CommandContext<'_>, name: &str) -> Result<String, Problem> {
    let api = session.api();
    let path = Api::query("/reset", "session", name);
    let done = api.send(Verb::Post, &path, None);
    done.map_err(|failure| failure.in_doing(format!("failed to reset session {name}: ")))?;
    Ok(session.json_or(&json!({ "name": name }), || {
        format!("Reset: all that was made in session {name} is undone\n")
    }))
}

fn ttl_body(ttl: Option<Duration>) -> Map<String, Value> {
    let ttl = ttl.map(|ttl| ("ttl".to_owned(), duration::text(ttl).into()));
    ttl.into_iter().collect()
}

fn read(answer: Result<Value, Failure>, doing: &str) -> Result<(Shown, Value), Problem> {
    let answer = answer.and_then(|answer| Ok((view::read(&answer)?, answer)));
    answer.map_err(|failure| failure.in_doing(doing))
}
