//! The requests that a toxic acts on, as the command line names them. The server parses what is text here.

use super::toxic_values::{After, HeaderTest, RequestMatch};
use super::values::BadValue;
use crate::util::text::is_token;

/// The settings, by their names within a toxic in one word.
const SETTINGS: [&str; 12] = [
    "match_method",
    "match_host",
    "match_path",
    "match_query",
    "match_header",
    "match_requests",
    "match_nth",
    "match_per",
    "match_status",
    "match_type",
    "match_after",
    "match_split",
];

/// Whether a setting of this name is one of these.
pub(super) fn is_setting(name: &str) -> bool {
    SETTINGS.contains(&name)
}

/// Sets one of these settings. An empty value restricts nothing, except that an empty query is a query.
pub(super) fn set(request: &mut RequestMatch, name: &str, value: &str) -> Result<(), BadValue> {
    let text = || Some(value.to_owned()).filter(|value| !value.is_empty());
    match name {
        "match_method" => add(&mut request.methods, value),
        "match_host" => request.host = text(),
        "match_path" => request.path = text(),
        "match_query" => request.query = Some(value.to_owned()),
        "match_header" if value.is_empty() => {}
        "match_header" => request.headers.push(header(value)?),
        "match_requests" => add(&mut request.requests, value),
        "match_nth" => request.nth = Some(nth(value)?),
        "match_per" => request.per = Some(per(value)?),
        "match_status" => add(&mut request.statuses, value),
        "match_type" => request.content_type = text(),
        "match_after" => request.after = Some(after(value)?),
        "match_split" => request.split_events = split(value)?,
        _ => {}
    }
    Ok(())
}

fn add(list: &mut Vec<String>, value: &str) {
    let entries = value.split(',').map(str::trim);
    list.extend(entries.filter(|entry| !entry.is_empty()).map(str::to_owned));
}

/// Parses `NAME: PATTERN`, `NAME` for a field that must be present, or `!NAME` for one that must not.
pub(super) fn header(text: &str) -> Result<(String, HeaderTest), BadValue> {
    let (name, test) = match (text.split_once(':'), text.strip_prefix('!')) {
        (_, Some(name)) => (name, HeaderTest::Absent),
        (Some((name, value)), None) => (name, HeaderTest::Value(value.trim().to_owned())),
        (None, None) => (text, HeaderTest::Present),
    };
    match is_token(name.trim()) {
        true => Ok((name.trim().to_owned(), test)),
        false => Err(BadValue::HeaderTest(text.to_owned())),
    }
}

/// Parses `NAME: VALUE`, or `!NAME` for a field to remove.
pub(super) fn field(text: &str) -> Result<(String, Option<String>), BadValue> {
    let (name, value) = match (text.split_once(':'), text.strip_prefix('!')) {
        (None, Some(name)) => (name, None),
        (Some((name, value)), None) => (name, Some(value.trim().to_owned())),
        _ => return Err(BadValue::Header(text.to_owned())),
    };
    match is_token(name.trim()) {
        true => Ok((name.trim().to_owned(), value)),
        false => Err(BadValue::Header(text.to_owned())),
    }
}

/// Parses the `n` of every n-th request.
pub(super) fn nth(text: &str) -> Result<u64, BadValue> {
    let number = text.parse().ok().filter(|number| *number >= 1);
    number.ok_or_else(|| BadValue::Nth(text.to_owned()))
}

/// Parses what a draw of the toxicity decides about.
pub(super) fn per(text: &str) -> Result<String, BadValue> {
    match ["request", "connection"].contains(&text) {
        true => Ok(text.to_owned()),
        false => Err(BadValue::Per(text.to_owned())),
    }
}

/// Parses `events:5` or `bytes:1000`.
pub(super) fn after(text: &str) -> Result<After, BadValue> {
    let parts = text.split_once([':', '=']);
    let parts = parts.and_then(|(unit, number)| Some((unit.trim(), number.trim().parse().ok()?)));
    match parts {
        Some(("bytes", bytes)) => Ok(After::Bytes(bytes)),
        Some(("events", events)) => Ok(After::Events(events)),
        _ => Err(BadValue::After(text.to_owned())),
    }
}

/// Parses what answers are split into; `events` is all there is.
pub(super) fn split(text: &str) -> Result<bool, BadValue> {
    match text {
        "events" => Ok(true),
        _ => Err(BadValue::Split(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_set() {
        let mut request = RequestMatch::default();
        let values = [
            "GET,POST",
            "api.*",
            "/v1/*",
            "a=1",
            "X-A: b:c",
            "1-2,5-",
            "3",
            "connection",
            "429,500-599",
            "text/*",
            "events:5",
            "events",
        ];
        for (name, value) in SETTINGS.into_iter().zip(values) {
            assert_eq!(set(&mut request, name, value), Ok(()), "{name}");
        }
        set(&mut request, "match_header", "Cookie").unwrap();
        set(&mut request, "match_header", "!Authorization").unwrap();
        let text = |text: &str| Some(text.to_owned());
        let header = |name: &str, test| (name.to_owned(), test);
        let expected = RequestMatch {
            methods: vec!["GET".into(), "POST".into()],
            host: text("api.*"),
            path: text("/v1/*"),
            query: text("a=1"),
            headers: vec![
                header("X-A", HeaderTest::Value("b:c".into())),
                header("Cookie", HeaderTest::Present),
                header("Authorization", HeaderTest::Absent),
            ],
            requests: vec!["1-2".into(), "5-".into()],
            nth: Some(3),
            per: text("connection"),
            statuses: vec!["429".into(), "500-599".into()],
            content_type: text("text/*"),
            after: Some(After::Events(5)),
            split_events: true,
        };
        assert_eq!(request, expected);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (name, value) in [
            ("match_header", ": x"),
            ("match_header", "a b: x"),
            ("match_nth", "0"),
            ("match_nth", "x"),
            ("match_per", "toxic"),
            ("match_after", "5"),
            ("match_after", "lines:5"),
            ("match_after", "events:-1"),
            ("match_split", "lines"),
        ] {
            let refused = set(&mut RequestMatch::default(), name, value);
            assert!(refused.is_err(), "{name}={value}");
        }
    }

    #[test]
    fn fields_are_set_emptied_or_removed() {
        let field = |text: &str| field(text).ok();
        let pair = |name: &str, value: Option<&str>| Some((name.into(), value.map(str::to_owned)));
        assert_eq!(field("Retry-After: 2"), pair("Retry-After", Some("2")));
        assert_eq!(field("A:"), pair("A", Some("")));
        assert_eq!(field("!Server"), pair("Server", None));
        for bad in ["Server", ": 1", "a b: 1", "!", ""] {
            assert_eq!(field(bad), None, "{bad}");
        }
    }
}
