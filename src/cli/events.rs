//! `events`: prints what happens, as it happens.
//!
//! It follows until the server is gone for good, whoever reads has gone, or with `--no-follow` all
//! that is kept was told. When the stream breaks off it takes it up where it was.

use std::io::{self, BufRead, Write};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::api::Api;
use super::failure::{Failure, Problem};
use super::session::{Look, Session};
use crate::args::client::Events;

/// How long a server may be gone before it is given up.
const GONE: Duration = Duration::from_secs(10);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// Why following came to its end, but for failures.
enum Over {
    /// Whoever read has gone.
    NobodyReads,
    /// The stream broke off, or is at its end.
    Stream,
}

pub(super) fn run(session: &mut Session<'_>, wanted: &Events) -> Result<String, Problem> {
    let api = session.api()?;
    let as_json = session.look() == Look::Json;
    let mut place = wanted.after.clone();
    let mut gone: Option<Instant> = None;
    loop {
        match follow(&api, wanted, &mut place, as_json) {
            Ok(Over::NobodyReads) => return Ok(String::new()),
            Ok(Over::Stream) if wanted.no_follow => return Ok(String::new()),
            Ok(Over::Stream) => gone = Some(Instant::now()),
            // Only of a server that has been there it is said that it may come again.
            Err(failure) => {
                let fresh = gone.is_some_and(|since| since.elapsed() < GONE);
                if !fresh || !matches!(failure, Failure::NoAnswer { .. }) {
                    return Err(failure.in_doing("failed to follow the events: "));
                }
            }
        }
        thread::sleep(PAUSE);
    }
}

/// Prints events from `place` on, which moves along.
fn follow(
    api: &Api,
    wanted: &Events,
    place: &mut Option<String>,
    as_json: bool,
) -> Result<Over, Failure> {
    let mut query = Vec::new();
    let settings = [
        ("proxy", wanted.proxy.as_ref()),
        ("about", wanted.about.as_ref()),
        ("after", place.as_ref()),
    ];
    for (key, value) in settings {
        query.extend(value.map(|value| (key, value.as_str())));
    }
    if wanted.no_follow {
        query.push(("follow", "false"));
    }
    let stream = api.stream("/events", &query)?;
    for line in io::BufReader::new(stream).lines() {
        let Ok(line) = line else {
            return Ok(Over::Stream);
        };
        if let Some(id) = line.strip_prefix("id: ") {
            *place = Some(id.to_owned());
        }
        let event = line.strip_prefix("data: ").map(serde_json::from_str);
        let Some(Ok(event)) = event else {
            continue;
        };
        if tell(&event, as_json).is_err() {
            return Ok(Over::NobodyReads);
        }
    }
    Ok(Over::Stream)
}

fn tell(event: &Value, as_json: bool) -> io::Result<()> {
    if event["event"] == "ready" {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    match as_json {
        true => writeln!(out, "{event}")?,
        false => writeln!(out, "{}", line(event))?,
    }
    out.flush()
}

/// An event for people: when, what, to what, and what else there is to say.
fn line(event: &Value) -> String {
    let text = |key: &str| event[key].as_str();
    if event["event"] == "missed" {
        return match event["missed"].as_u64() {
            Some(missed) => format!("… {missed} events were missed"),
            None => "… the server was started anew: events may have been missed".to_owned(),
        };
    }
    let mut words = vec![text("at").unwrap_or("-").to_owned()];
    words.push(format!("{:<17}", text("event").unwrap_or("-")));
    words.extend(text("proxy").map(shown));
    words.extend(event["connection"].as_u64().map(|id| format!("#{id}")));
    words.extend(particulars(event));
    words.extend(text("session").map(|name| format!("session {}", shown(name))));
    let by = &event["by"];
    let agent = by["user_agent"].as_str().map(shown);
    let client = by["client"].as_str().map(|client| format!("({client})"));
    if agent.is_some() || client.is_some() {
        words.push("by".to_owned());
        words.extend(agent.into_iter().chain(client));
    }
    words.join("  ").replace("by  ", "by ")
}

fn particulars(event: &Value) -> Vec<String> {
    let text = |key: &str| event[key].as_str().unwrap_or("-");
    match text("event").split('.').next() {
        Some("proxy") => vec![format!(
            "{} -> {}",
            shown(text("listen")),
            shown(text("upstream"))
        )],
        Some("toxic") => vec![format!(
            "{} ({}, {})",
            shown(text("toxic")),
            text("type"),
            shown(text("stream"))
        )],
        Some("connection") if text("event") == "connection.opened" => {
            let toxics = event["toxics"].as_array().into_iter().flatten();
            let toxics: Vec<String> = toxics.filter_map(Value::as_str).map(shown).collect();
            let mut words = vec![format!("{} -> {}", text("client"), text("upstream"))];
            if !toxics.is_empty() {
                words.push(format!("under {}", toxics.join(", ")));
            }
            words
        }
        Some("connection") => {
            let sent = |way: &str| event["sent"].get(way).and_then(Value::as_u64).unwrap_or(0);
            let mut reason = text("reason").replace('_', " ");
            if let Some(toxic) = event["toxic"].as_str() {
                reason = format!("{reason} {}", shown(toxic));
            }
            vec![
                text("client").to_owned(),
                reason,
                format!("after {} ms", event["age_ms"].as_u64().unwrap_or(0)),
                format!("{} bytes up, {} down", sent("upstream"), sent("downstream")),
            ]
        }
        _ => Vec::new(),
    }
}

/// A name that a terminal can be shown.
fn shown(name: &str) -> String {
    let plain = name.chars().map(|c| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    });
    plain.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn events_read_as_lines() {
        let at = "2026-01-02T03:04:05.678Z";
        let by = json!({"client": "127.0.0.1:5", "user_agent": "curl/8"});
        let cases = [
            (
                json!({"event": "proxy.created", "at": at, "proxy": "w\u{1b}b", "listen": "a:1", "upstream": "b:2", "by": by}),
                "2026-01-02T03:04:05.678Z  proxy.created      w\\u{1b}b  a:1 -> b:2  by curl/8  (127.0.0.1:5)",
            ),
            (
                json!({"event": "toxic.expired", "at": at, "proxy": "web", "toxic": "slow", "type": "latency", "stream": "upstream", "session": "s"}),
                "2026-01-02T03:04:05.678Z  toxic.expired      web  slow (latency, upstream)  session s",
            ),
            (
                json!({"event": "connection.opened", "at": at, "proxy": "web", "connection": 3, "client": "c:1", "upstream": "u:2", "toxics": ["a", "b"]}),
                "2026-01-02T03:04:05.678Z  connection.opened  web  #3  c:1 -> u:2  under a, b",
            ),
            (
                json!({"event": "connection.ended", "at": at, "proxy": "web", "connection": 3, "client": "c:1", "reason": "toxic", "toxic": "cut", "age_ms": 7, "sent": {"upstream": 5, "downstream": 6}, "touched": []}),
                "2026-01-02T03:04:05.678Z  connection.ended   web  #3  c:1  toxic cut  after 7 ms  5 bytes up, 6 down",
            ),
            (
                json!({"event": "session.started", "at": at, "session": "s"}),
                "2026-01-02T03:04:05.678Z  session.started    session s",
            ),
            (
                json!({"event": "missed", "missed": 3}),
                "… 3 events were missed",
            ),
            (
                json!({"event": "missed", "missed": null}),
                "… the server was started anew: events may have been missed",
            ),
        ];
        for (event, expected) in cases {
            assert_eq!(line(&event), expected);
        }
    }
}
