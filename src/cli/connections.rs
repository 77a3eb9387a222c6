//! `connections` and `kill`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::api::Verb;
use super::context::{CommandContext, OutputFormat, json};
use super::failure::Problem;
use super::view;
use crate::util::duration;

#[derive(Deserialize)]
struct List {
    open: usize,
    connections: Vec<Connection>,
}

#[derive(Deserialize)]
struct Connection {
    id: u64,
    client: Option<String>,
    upstream: Option<String>,
    state: String,
    age_ms: Option<u64>,
    bytes: Bytes,
    #[serde(default)]
    toxics: Vec<Seat>,
}

#[derive(Deserialize)]
struct Bytes {
    upstream: Moved,
    downstream: Moved,
}

#[derive(Deserialize)]
struct Moved {
    sent: u64,
}

#[derive(Deserialize)]
struct Seat {
    name: String,
    applies: bool,
}

pub(super) fn list(
    session: &mut CommandContext<'_>,
    proxy: &str,
    after: u64,
    limit: Option<u64>,
) -> Result<String, Problem> {
    let api = session.api();
    let limit = limit.map(|limit| format!("&limit={limit}"));
    let limit = limit.unwrap_or_default();
    let path = api.path(&["proxies", proxy, "connections"]);
    let path = format!("{path}?after={after}{limit}");
    let answer = api.send(Verb::Get, &path, None);
    let answer = answer.and_then(|answer| Ok((view::read::<List>(&answer)?, answer)));
    let (list, answer) = answer.map_err(|failure| {
        failure.in_doing(format!("failed to list the connections of proxy {proxy}: "))
    })?;
    if session.look() == OutputFormat::Json {
        return Ok(json(&answer));
    }
    let heading = [
        "ID",
        "CLIENT",
        "UPSTREAM",
        "STATE",
        "AGE",
        "BYTES UP",
        "BYTES DOWN",
        "TOXICS",
    ];
    let rows: Vec<_> = list.connections.iter().map(row).collect();
    let mut text = session.rows(heading, &rows, "There are no connections.");
    let (shown, open) = (list.connections.len(), list.open);
    if session.look() == OutputFormat::Table && shown > 0 && shown < open {
        text.push_str(&format!(
            "\nThese are {shown} of {open}; --after and --limit show others.\n"
        ));
    }
    Ok(text)
}

fn row(connection: &Connection) -> [String; 8] {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    let applying = connection.toxics.iter().filter(|seat| seat.applies);
    let applying: Vec<&str> = applying.map(|seat| seat.name.as_str()).collect();
    let age = connection.age_ms.map(Duration::from_millis);
    [
        connection.id.to_string(),
        or_dash(&connection.client),
        or_dash(&connection.upstream),
        connection.state.clone(),
        or_dash(&age.map(duration::text)),
        connection.bytes.upstream.sent.to_string(),
        connection.bytes.downstream.sent.to_string(),
        or_dash(&(!applying.is_empty()).then(|| applying.join(","))),
    ]
}

pub(super) fn kill(
    session: &mut CommandContext<'_>,
    proxy: &str,
    connection: u64,
    reset: bool,
) -> Result<String, Problem> {
    let api = session.api();
    let how = if reset { "rst" } else { "fin" };
    let id = connection.to_string();
    let path = api.path(&["proxies", proxy, "connections", &id]);
    let ended = api.send(Verb::Delete, &format!("{path}?how={how}"), None);
    ended.map_err(|failure| {
        failure.in_doing(format!("failed to end connection {id} of proxy {proxy}: "))
    })?;
    let done = json!({ "proxy": proxy, "connection": connection, "how": how });
    Ok(session.json_or(&done, || {
        let verb = if reset { "Reset" } else { "Ended" };
        format!("{verb} connection {id} of proxy {proxy}\n")
    }))
}
