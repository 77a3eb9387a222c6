//! Decodes `match.http`: which requests a toxic acts on, and which part of the answer.

use std::num::NonZero;
use std::ops::RangeInclusive;

use serde_json::value::RawValue;

use super::error::{DecodeError, JsonPath};
use super::fields::look;
use super::json::{self, Value};
use super::ordinals::ordinals;
use crate::control::{AfterPart, HeaderTest, HttpMatch, Pattern, Per};
use crate::util::text::{is_token, whole_number};

const NAMES: [&str; 12] = [
    "method",
    "host",
    "path",
    "query",
    "headers",
    "requests",
    "nth",
    "per",
    "status",
    "content_type",
    "after",
    "split",
];
const HTTP: &str = "an object such as {\"method\": \"POST\", \"path\": \"/v1/*\"}";
const METHODS: &str = "a method such as \"POST\", or a list of up to 100";
const PATTERN: &str =
    "a pattern such as \"/v1/*\", or a regular expression behind a ~ such as \"~^/v[12]/\"";
const HEADERS: &str =
    "an object of up to 100 header names with a pattern, true (present) or false (absent) for each";
const NTH: &str = "a whole number from 1 to 18446744073709551615";
const PER: &str = "\"request\" or \"connection\"";
const STATUS: &str = "statuses from 200 to 599 such as \"500-599,429\", \"5xx\" or 503";
const AFTER: &str = "{\"bytes\": N} or {\"events\": N}, with a whole number from 0";
const SPLIT: &str = "\"events\"";

/// The most methods, header names and ranges of statuses: each request is compared with all of them.
const MOST: usize = 100;
/// The most characters of a method or a header name.
const LONGEST_NAME: usize = 256;
/// The statuses of final answers. An informational one (RFC 9110, section 15.2) is never one.
const STATUSES: RangeInclusive<u16> = 200..=599;

/// Decodes a `match.http`; `None` if it is null.
pub(super) fn http_match(here: JsonPath, raw: &RawValue) -> Result<Option<HttpMatch>, DecodeError> {
    let here = here.field("match.http");
    let members = match look(raw)? {
        Value::Null => return Ok(None),
        Value::Object(members) => members,
        _ => return Err(here.wrong(raw.get(), HTTP)),
    };
    let mut http = HttpMatch::default();
    for (name, raw) in members {
        take(&mut http, here, &name, raw)?;
    }
    Ok(Some(http))
}

fn take(
    http: &mut HttpMatch,
    here: JsonPath,
    name: &str,
    raw: &RawValue,
) -> Result<(), DecodeError> {
    match name {
        "method" => http.methods = methods(here.field("match.http.method"), raw)?,
        "host" => http.host = pattern(here.field("match.http.host"), raw)?,
        "path" => http.path = pattern(here.field("match.http.path"), raw)?,
        "query" => http.query = pattern(here.field("match.http.query"), raw)?,
        "headers" => http.headers = headers(here.field("match.http.headers"), raw)?,
        "requests" => http.requests = ordinals(here.field("match.http.requests"), raw)?,
        "nth" => http.nth = nth(here.field("match.http.nth"), raw)?,
        "per" => http.per = per(here.field("match.http.per"), raw)?,
        "status" => http.status = statuses(here.field("match.http.status"), raw)?,
        "content_type" => http.content_type = pattern(here.field("match.http.content_type"), raw)?,
        "after" => http.after = after(here.field("match.http.after"), raw)?,
        "split" => http.split_events = split(here.field("match.http.split"), raw)?,
        _ => return Err(here.unknown(name, &NAMES)),
    }
    Ok(())
}

fn methods(here: JsonPath, raw: &RawValue) -> Result<Vec<String>, DecodeError> {
    let wrong = || here.wrong(raw.get(), METHODS);
    let texts = match look(raw)? {
        Value::Null => Vec::new(),
        Value::Text(text) => vec![text],
        Value::List(entries) if entries.len() <= MOST => {
            let texts = entries.into_iter().map(|entry| match look(entry)? {
                Value::Text(text) => Ok(text),
                _ => Err(wrong()),
            });
            texts.collect::<Result<_, _>>()?
        }
        _ => return Err(wrong()),
    };
    match texts.iter().all(|text| is_name(text)) {
        true => Ok(texts),
        false => Err(wrong()),
    }
}

/// Whether a text is the name of a method or a header.
fn is_name(text: &str) -> bool {
    text.len() <= LONGEST_NAME && is_token(text)
}

fn pattern(here: JsonPath, raw: &RawValue) -> Result<Option<Pattern>, DecodeError> {
    match look(raw)? {
        Value::Null => Ok(None),
        Value::Text(text) => read_pattern(here, raw.get(), &text).map(Some),
        _ => Err(here.wrong(raw.get(), PATTERN)),
    }
}

fn read_pattern(here: JsonPath, shown: &str, text: &str) -> Result<Pattern, DecodeError> {
    Pattern::new(text).map_err(|error| here.wrong(shown, format!("{PATTERN}: {error}")))
}

/// A name in another case is the same field, so the last one counts.
fn headers(here: JsonPath, raw: &RawValue) -> Result<Vec<(String, HeaderTest)>, DecodeError> {
    match look(raw)? {
        Value::Null => return Ok(Vec::new()),
        Value::Object(members) if members.len() <= MOST => {}
        _ => return Err(here.wrong(raw.get(), HEADERS)),
    }
    // Names keep their case, so that answers show them as they were given.
    let members = json::members(raw).map_err(|_| here.wrong(raw.get(), HEADERS))?;
    let mut headers: Vec<(String, HeaderTest)> = Vec::new();
    for (name, raw) in members {
        let shown = format!("{{{name:?}: {}}}", raw.get());
        if !is_name(&name) {
            return Err(here.wrong(&shown, HEADERS));
        }
        headers.retain(|(before, _)| !before.eq_ignore_ascii_case(&name));
        let test = match look(raw)? {
            Value::Null => continue,
            Value::Bool(true) => HeaderTest::Present,
            Value::Bool(false) => HeaderTest::Absent,
            Value::Text(text) => HeaderTest::Value(read_pattern(here, &shown, &text)?),
            _ => return Err(here.wrong(&shown, HEADERS)),
        };
        headers.push((name, test));
    }
    Ok(headers)
}

fn nth(here: JsonPath, raw: &RawValue) -> Result<Option<NonZero<u64>>, DecodeError> {
    let number = match look(raw)? {
        Value::Null => return Ok(None),
        Value::Number(text) => whole_number(text).and_then(NonZero::new),
        _ => None,
    };
    number.map(Some).ok_or_else(|| here.wrong(raw.get(), NTH))
}

fn per(here: JsonPath, raw: &RawValue) -> Result<Per, DecodeError> {
    match look(raw)? {
        Value::Null => Ok(Per::default()),
        Value::Text(text) if text == "request" => Ok(Per::Request),
        Value::Text(text) if text == "connection" => Ok(Per::Connection),
        _ => Err(here.wrong(raw.get(), PER)),
    }
}

fn statuses(here: JsonPath, raw: &RawValue) -> Result<Vec<RangeInclusive<u16>>, DecodeError> {
    let wrong = || here.wrong(raw.get(), STATUS);
    let text = match look(raw)? {
        Value::Null => return Ok(Vec::new()),
        Value::Text(text) => text,
        Value::Number(text) => text.to_owned(),
        _ => return Err(wrong()),
    };
    let ranges = text.split(',').map(|part| status(part.trim()));
    let ranges: Option<Vec<_>> = ranges.take(MOST + 1).collect();
    let ranges = ranges.filter(|ranges| ranges.len() <= MOST);
    ranges.ok_or_else(wrong)
}

/// `503`, `500-599`, `500-`, or a class such as `5xx`.
fn status(text: &str) -> Option<RangeInclusive<u16>> {
    let one = |text: &str| {
        let text = Some(text.trim()).filter(|text| text.len() == 3)?;
        let status = u16::try_from(whole_number(text)?).ok()?;
        STATUSES.contains(&status).then_some(status)
    };
    let class = text.strip_suffix("xx").or(text.strip_suffix("XX"));
    let (first, last) = match (class, text.split_once('-')) {
        (Some(class), _) => {
            let first = one(&format!("{class}00"))?;
            (first, first + 99)
        }
        (None, None) => (one(text)?, one(text)?),
        (None, Some((first, last))) if last.trim().is_empty() => (one(first)?, *STATUSES.end()),
        (None, Some((first, last))) => (one(first)?, one(last)?),
    };
    (first <= last).then_some(first..=last)
}

fn after(here: JsonPath, raw: &RawValue) -> Result<Option<AfterPart>, DecodeError> {
    let wrong = || here.wrong(raw.get(), AFTER);
    let mut members = match look(raw)? {
        Value::Null => return Ok(None),
        Value::Object(members) => members,
        _ => return Err(wrong()),
    };
    members.retain(|(_, raw)| raw.get() != "null");
    let [(name, number)] = members.as_slice() else {
        return Err(wrong());
    };
    let number = whole_number(number.get()).ok_or_else(wrong)?;
    match name.as_str() {
        "bytes" => Ok(Some(AfterPart::Bytes(number))),
        "events" => Ok(Some(AfterPart::Events(number))),
        _ => Err(wrong()),
    }
}

fn split(here: JsonPath, raw: &RawValue) -> Result<bool, DecodeError> {
    match look(raw)? {
        Value::Null => Ok(false),
        Value::Text(text) if text == "events" => Ok(true),
        _ => Err(here.wrong(raw.get(), SPLIT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::proxies::new_toxic;

    fn read(http: &str) -> Result<HttpMatch, DecodeError> {
        let toxic = new_toxic(format!(r#"{{"match":{{"http":{http}}}}}"#).as_bytes())?;
        let http = toxic.options.matching.unwrap().http.unwrap();
        Ok(HttpMatch::clone(&http))
    }

    #[test]
    fn every_key_is_read() {
        let pattern = |text: &str| Some(Pattern::new(text).unwrap());
        let all = read(
            r#"{"method":["POST","PUT"],"host":"api.*","path":"/v1/*","query":"","headers":{"X-Try":"0",
            "Authorization":true,"cookie":false},"requests":"1-2, 5-","nth":3,"per":"connection",
            "status":"500-599, 429,2xx","content_type":"text/*","after":{"events":5},"split":"events"}"#,
        );
        let header = |name: &str, test| (name.to_owned(), test);
        let expected = HttpMatch {
            methods: vec!["POST".into(), "PUT".into()],
            host: pattern("api.*"),
            path: pattern("/v1/*"),
            query: pattern(""),
            headers: vec![
                header("X-Try", HeaderTest::Value(Pattern::new("0").unwrap())),
                header("Authorization", HeaderTest::Present),
                header("cookie", HeaderTest::Absent),
            ],
            requests: vec![1..=2, 5..=u64::MAX],
            nth: NonZero::new(3),
            per: Per::Connection,
            status: vec![500..=599, 429..=429, 200..=299],
            content_type: pattern("text/*"),
            after: Some(AfterPart::Events(5)),
            split_events: true,
        };
        assert_eq!(all, Ok(expected));
    }

    #[test]
    fn null_and_an_empty_object_restrict_nothing() {
        let nulls = NAMES.map(|name| format!("{name:?}:null")).join(",");
        assert_eq!(read(&format!("{{{nulls}}}")), Ok(HttpMatch::default()));
        assert_eq!(read("{}"), Ok(HttpMatch::default()));
        let none = new_toxic(br#"{"match":{"http":null}}"#).unwrap();
        assert_eq!(none.options.matching.unwrap().http, None);
        let one = read(r#"{"method":"GET","requests":4,"status":503,"after":{"bytes":0}}"#);
        let one = one.unwrap();
        assert_eq!(
            (one.methods, one.requests),
            (vec!["GET".into()], vec![4..=4])
        );
        assert_eq!(one.status, [503..=503]);
        assert_eq!(one.after, Some(AfterPart::Bytes(0)));
    }

    #[test]
    fn the_last_of_a_header_in_any_case_counts() {
        let read = read(r#"{"headers":{"A":"1","b":true,"a":false}}"#).unwrap();
        let header = |name: &str, test| (name.to_owned(), test);
        let expected = [
            header("b", HeaderTest::Present),
            header("a", HeaderTest::Absent),
        ];
        assert_eq!(read.headers, expected);
    }

    #[test]
    fn a_wrong_value_is_named_with_its_key_and_what_is_accepted() {
        for (http, named) in [
            ("5", "match.http is 5, expected an object"),
            (
                r#"{"pth":"/"}"#,
                "match.http.pth does not exist: did you mean \"path\"?",
            ),
            (
                r#"{"x":1}"#,
                "match.http.x does not exist: use one of method, host",
            ),
            (
                r#"{"method":5}"#,
                "match.http.method is 5, expected a method",
            ),
            (
                r#"{"method":["GET",""]}"#,
                "match.http.method is [\"GET\",\"\"]",
            ),
            (r#"{"method":"GET POST"}"#, "match.http.method is"),
            (
                r#"{"path":["/"]}"#,
                "match.http.path is [\"/\"], expected a pattern",
            ),
            (
                r#"{"headers":{"X":5}}"#,
                "match.http.headers is {\"X\": 5}, expected",
            ),
            (
                r#"{"headers":{"a b":true}}"#,
                "match.http.headers is {\"a b\": true}",
            ),
            (r#"{"headers":["X"]}"#, "match.http.headers is [\"X\"]"),
            (
                r#"{"requests":"0"}"#,
                "match.http.requests is \"0\", expected numbers from 1",
            ),
            (r#"{"requests":"3-1"}"#, "match.http.requests is"),
            (
                r#"{"nth":0}"#,
                "match.http.nth is 0, expected a whole number from 1",
            ),
            (r#"{"nth":1.5}"#, "match.http.nth is 1.5"),
            (r#"{"nth":"3"}"#, "match.http.nth is \"3\""),
            (
                r#"{"per":"toxic"}"#,
                "match.http.per is \"toxic\", expected \"request\" or",
            ),
            (
                r#"{"status":101}"#,
                "match.http.status is 101, expected statuses from 200 to 599",
            ),
            (r#"{"status":"9xx"}"#, "match.http.status is"),
            (r#"{"status":"599-500"}"#, "match.http.status is"),
            (r#"{"status":-1}"#, "match.http.status is -1"),
            (
                r#"{"after":5}"#,
                "match.http.after is 5, expected {\"bytes\": N}",
            ),
            (r#"{"after":{"bytes":1,"events":2}}"#, "match.http.after is"),
            (r#"{"after":{"bytes":-1}}"#, "match.http.after is"),
            (r#"{"after":{"events":1e3}}"#, "match.http.after is"),
            (r#"{"after":{"lines":1}}"#, "match.http.after is"),
            (
                r#"{"split":true}"#,
                "match.http.split is true, expected \"events\"",
            ),
        ] {
            let error = read(http).unwrap_err().to_string();
            assert!(error.contains(named), "{http}: {error}");
        }
    }

    #[test]
    fn lists_and_patterns_have_bounds() {
        let methods =
            |count: usize| format!(r#"{{"method":[{}]}}"#, vec!["\"A\""; count].join(","));
        let headers = |count: usize| {
            let names = (0..count).map(|number| format!("\"h{number}\":true"));
            format!(
                r#"{{"headers":{{{}}}}}"#,
                names.collect::<Vec<_>>().join(",")
            )
        };
        let statuses = |count: usize| format!(r#"{{"status":"{}"}}"#, vec!["200"; count].join(","));
        for text in [methods, headers, statuses] {
            assert!(read(&text(MOST)).is_ok(), "{}", text(1));
            assert!(read(&text(MOST + 1)).is_err(), "{}", text(1));
        }
        let path = |length: usize| read(&format!(r#"{{"path":"{}"}}"#, "a".repeat(length)));
        assert!(path(1024).is_ok());
        let error = path(1025).unwrap_err().to_string();
        assert!(
            error.contains("a pattern has at most 1024 bytes"),
            "{error}"
        );
    }
}
