//! `connections`: prints a proxy's open connections.

use std::time::Duration;

use crate::cli::api::client::Verb;
use crate::cli::api::path::query;
use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;
use crate::cli::output::format::{OutputFormat, json};
use crate::util::duration;
use crate::wire::{Connection, Connections};

const HEADING: [&str; 8] = [
    "ID",
    "CLIENT",
    "UPSTREAM",
    "STATE",
    "AGE",
    "BYTES UP",
    "BYTES DOWN",
    "TOXICS",
];

pub(crate) fn run(
    context: &mut CommandContext<'_>,
    proxy: &str,
    after: u64,
    limit: Option<u64>,
) -> Result<String, CommandError> {
    let api = context.api();
    let (after, limit) = (after.to_string(), limit.map(|limit| limit.to_string()));
    let mut parameters = vec![("after", after.as_str())];
    parameters.extend(limit.as_deref().map(|limit| ("limit", limit)));
    let path = api.path(&["proxies", proxy, "connections"]) + &query(&parameters);
    let listed = api.fetch::<Connections>(Verb::Get, &path, None);
    let (list, answer) = listed.map_err(|error| {
        error.in_doing(format!("failed to list the connections of proxy {proxy}: "))
    })?;
    if context.format() == OutputFormat::Json {
        return Ok(json(&answer));
    }
    let rows: Vec<_> = list.connections.iter().map(row).collect();
    let has_http = list.connections.iter().any(|one| one.protocol.is_some());
    let mut text = match has_http {
        true => {
            let [id, client, upstream, state, age, up, down, toxics] = HEADING;
            let heading = [
                id, client, upstream, state, age, up, down, "PROTOCOL", "REQUESTS", toxics,
            ];
            let rows = rows.into_iter().zip(&list.connections).map(with_http);
            context.rows(heading, &rows.collect::<Vec<_>>(), "")
        }
        false => context.rows(HEADING, &rows, "There are no connections."),
    };
    let (shown, open) = (list.connections.len(), list.open);
    if context.format() == OutputFormat::Table && shown > 0 && shown < open {
        text.push_str(&format!(
            "\nThese are {shown} of {open}; --after and --limit show others.\n"
        ));
    }
    Ok(text)
}

fn row(connection: &Connection<'_>) -> [String; 8] {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    let applying = connection.toxics.iter().filter(|toxic| toxic.applies);
    let applying: Vec<String> = applying
        .map(|toxic| match toxic.waiting {
            Some(true) => format!("{} (waiting)", toxic.name),
            _ => toxic.name.to_string(),
        })
        .collect();
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

/// A row with what the connection speaks, and how many requests came on it.
fn with_http((row, connection): ([String; 8], &Connection<'_>)) -> [String; 10] {
    let [id, client, upstream, state, age, up, down, toxics] = row;
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    let protocol = or_dash(connection.protocol.clone());
    let requests = or_dash(connection.requests.map(|count| count.to_string()));
    [
        id, client, upstream, state, age, up, down, protocol, requests, toxics,
    ]
}
