//! An event as a line for people.
//!
//! A newer server may send events and members that are unknown here, so an event is read as JSON
//! and not as a type.

use serde_json::Value;

use crate::cli::output::colour::{Cell, Palette};
use crate::cli::output::wrap::wrap;
use crate::util::text::escape;
use crate::wire::Missed;

/// An event as one line: its time, kind and target, and the details.
pub(crate) fn line(event: &Value) -> String {
    parts(event).join("  ")
}

/// The same for a terminal of `width` columns, which would break a longer line inside a word.
pub(crate) fn wrapped(event: &Value, width: usize) -> String {
    let parts: Vec<Cell> = parts(event).into_iter().map(|part| (part, None)).collect();
    wrap(Palette::new(false), &parts, width, 0)
}

fn parts(event: &Value) -> Vec<String> {
    let text = |key: &str| event[key].as_str();
    if event["event"] == Missed::NAME {
        return vec![match event["missed"].as_u64() {
            Some(missed) => format!("… {missed} events were missed"),
            None => "… the server was restarted: events may have been missed".to_owned(),
        }];
    }
    let mut parts = vec![text("at").unwrap_or("-").to_owned()];
    parts.push(format!("{:<17}", text("event").unwrap_or("-")));
    parts.extend(text("proxy").map(escape));
    parts.extend(event["connection"].as_u64().map(|id| format!("#{id}")));
    parts.extend(details(event));
    parts.extend(values(event));
    parts.extend(text("session").map(|name| format!("session {}", escape(name))));
    let by = &event["by"];
    let agent = by["user_agent"].as_str().map(escape);
    let client = by["client"].as_str().map(|client| format!("({client})"));
    let actor: Vec<String> = agent.into_iter().chain(client).collect();
    if !actor.is_empty() {
        parts.push(format!("by {}", actor.join("  ")));
    }
    parts
}

fn details(event: &Value) -> Vec<String> {
    let text = |key: &str| event[key].as_str().unwrap_or("-");
    match text("event").split('.').next() {
        Some("proxy") => vec![format!(
            "{} -> {}",
            escape(text("listen")),
            escape(text("upstream"))
        )],
        Some("toxic") => vec![format!(
            "{} ({}, {})",
            escape(text("toxic")),
            text("type"),
            escape(text("stream"))
        )],
        Some("connection") if text("event") == "connection.opened" => {
            let toxics = event["toxics"].as_array().into_iter().flatten();
            let toxics: Vec<String> = toxics.filter_map(Value::as_str).map(escape).collect();
            let mut parts = vec![format!("{} -> {}", text("client"), text("upstream"))];
            if !toxics.is_empty() {
                parts.push(format!("under {}", toxics.join(", ")));
            }
            parts
        }
        Some("connection") => ended(event),
        _ => Vec::new(),
    }
}

/// The attributes of a toxic, or what an update changed.
fn values(event: &Value) -> Vec<String> {
    let plain = |value: &Value| match value {
        Value::String(text) => escape(text),
        Value::Null => "none".to_owned(),
        other => escape(&other.to_string()),
    };
    if let Some(changes) = event["changes"].as_object() {
        let change = |(field, values): (&String, &Value)| {
            let name = escape(field.strip_prefix("attributes.").unwrap_or(field));
            format!(
                "{name} {} -> {}",
                plain(&values["old"]),
                plain(&values["new"])
            )
        };
        return changes.iter().map(change).collect();
    }
    let attributes = event["attributes"].as_object().into_iter().flatten();
    let attributes = attributes.map(|(name, value)| format!("{}={}", escape(name), plain(value)));
    let text = attributes.collect::<Vec<_>>().join(" ");
    Some(text)
        .filter(|text| !text.is_empty())
        .into_iter()
        .collect()
}

/// The details of a connection that has ended.
fn ended(event: &Value) -> Vec<String> {
    let text = |key: &str| event[key].as_str().unwrap_or("-");
    let sent = |way: &str| event["sent"].get(way).and_then(Value::as_u64).unwrap_or(0);
    let mut reason = text("reason").replace('_', " ");
    if let Some(toxic) = event["toxic"].as_str() {
        reason = format!("{reason} {}", escape(toxic));
    }
    if let Some(error) = event["error"].as_str() {
        reason = format!("{reason} ({})", escape(error));
    }
    let mut parts = vec![
        text("client").to_owned(),
        reason,
        format!("after {} ms", event["age_ms"].as_u64().unwrap_or(0)),
        format!("{} bytes up, {} down", sent("upstream"), sent("downstream")),
    ];
    let touched = event["touched"].as_array().into_iter().flatten();
    let touched: Vec<String> = touched.map(effects).collect();
    if !touched.is_empty() {
        parts.push(format!("touched by {}", touched.join("; ")));
    }
    parts
}

/// What a toxic did to a connection; counts of 0 are left out.
fn effects(touched: &Value) -> String {
    let name = escape(touched["name"].as_str().unwrap_or("-"));
    let hits = touched.get("hits");
    let counts = ["bytes", "delayed", "closed", "reset"].map(|what| {
        let count = hits.and_then(|hits| hits.get(what)?.as_u64()).unwrap_or(0);
        (count > 0).then(|| format!("{what} {count}"))
    });
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    match counts.is_empty() {
        true => name,
        false => format!("{name}: {}", counts.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_kind_of_event_has_a_line() {
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
                json!({"event": "toxic.updated", "at": at, "proxy": "web", "toxic": "slow", "type": "latency", "stream": "upstream", "attributes": {"latency": 5, "jitter": 0}, "changes": {"attributes.latency": {"old": 1, "new": 5}, "seed": {"old": null, "new": 7}}}),
                "2026-01-02T03:04:05.678Z  toxic.updated      web  slow (latency, upstream)  latency 1 -> 5  seed none -> 7",
            ),
            (
                json!({"event": "toxic.added", "at": at, "proxy": "web", "toxic": "slow", "type": "latency", "stream": "upstream", "attributes": {"latency": 5}}),
                "2026-01-02T03:04:05.678Z  toxic.added        web  slow (latency, upstream)  latency=5",
            ),
            (
                json!({"event": "connection.ended", "at": at, "proxy": "web", "connection": 3, "client": "c:1", "reason": "upstream_unreachable", "error": "connection refused", "age_ms": 7, "sent": {"upstream": 0, "downstream": 0}, "touched": []}),
                "2026-01-02T03:04:05.678Z  connection.ended   web  #3  c:1  upstream unreachable (connection refused)  after 7 ms  0 bytes up, 0 down",
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
                json!({"event": "connection.ended", "at": at, "proxy": "web", "connection": 3, "client": "c:1", "reason": "client_closed", "age_ms": 7, "sent": {"upstream": 5, "downstream": 6}, "touched": [
                    {"name": "slow", "hits": {"connections": 1, "bytes": 6, "delayed": 2, "closed": 0, "reset": 0}},
                    {"name": "n\u{1b}", "hits": {"connections": 1, "bytes": 0, "delayed": 0, "closed": 0, "reset": 0}},
                    {"name": "cut", "hits": {"connections": 1, "bytes": 0, "delayed": 0, "closed": 1, "reset": 1}},
                ]}),
                "2026-01-02T03:04:05.678Z  connection.ended   web  #3  c:1  client closed  after 7 ms  5 bytes up, 6 down  touched by slow: bytes 6, delayed 2; n\\u{1b}; cut: closed 1, reset 1",
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
                "… the server was restarted: events may have been missed",
            ),
        ];
        for (event, expected) in cases {
            assert_eq!(line(&event), expected);
        }
    }
}
