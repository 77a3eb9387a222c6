//! Answers from the values of `respond`, and values that are refused.

use std::time::Duration;

use super::*;
use crate::protocol::http::{HttpMatch, RetryAfter};
use crate::toxics::value::Value;
use crate::toxics::{Catalogue, presets};

fn http(
    given: &[(&str, Value)],
    direction: Direction,
    matching: Option<&HttpMatch>,
) -> Result<Answer, String> {
    let catalogue = Catalogue::default();
    let kind = catalogue.find("respond").unwrap();
    let given = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    let values = kind
        .read(&given.collect::<Vec<_>>())
        .map_err(|error| error.to_string())?;
    match kind.http(&values, direction, matching) {
        Ok(Some(Action::Respond(answer))) => Ok(Answer::clone(&answer)),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.to_string()),
    }
}

fn answer(given: &[(&str, Value)]) -> Result<Answer, String> {
    http(given, Direction::Downstream, None)
}

fn field<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let mut fields = answer.headers.iter();
    let found = fields.find(|(own, _)| own.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

#[test]
fn nothing_given_is_a_503_without_a_body() {
    let answer = answer(&[]).unwrap();
    assert_eq!((answer.status, answer.close), (503, false));
    assert!(answer.headers.is_empty() && answer.body.is_empty());
    assert_eq!(
        (answer.raw, answer.retry_after, answer.grpc_status),
        (None, None, None)
    );
}

#[test]
fn a_body_without_a_type_is_called_what_it_looks_like() {
    for (name, body, content_type) in [
        ("body", " {\"a\": 1}", "application/json"),
        ("body", "busy", "text/plain; charset=utf-8"),
        ("body_base64", "/w==", "application/octet-stream"),
    ] {
        let answer = answer(&[(name, body.into())]).unwrap();
        assert_eq!(field(&answer, "content-type"), Some(content_type), "{body}");
    }
    let headers = Value::from([("content-type", "text/html")]);
    let answer = answer(&[("body", "{}".into()), ("headers", headers)]).unwrap();
    assert_eq!(
        answer.headers,
        [("content-type".to_owned(), "text/html".to_owned())]
    );
}

#[test]
fn a_wait_can_be_given_in_three_ways() {
    let wait = |seconds: f64, in_millis| {
        let time = Duration::from_secs_f64(seconds);
        Some(RetryAfter { time, in_millis })
    };
    let headers = |name| Value::from([(name, "2")]);
    for (name, value, expected) in [
        ("retry_after", 2.into(), wait(2.0, false)),
        ("retry_after_ms", 1500.into(), wait(1.5, true)),
        ("headers", headers("Retry-After"), wait(2.0, false)),
        ("headers", headers("retry-after-ms"), wait(0.002, true)),
    ] {
        let answer = answer(&[(name, value)]).unwrap();
        assert_eq!(answer.retry_after, expected, "{name}");
        assert!(answer.headers.is_empty(), "{:?}", answer.headers);
    }
    let date = Value::from([("Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT")]);
    let dated = answer(&[("headers", date)]).unwrap();
    assert_eq!((dated.retry_after, dated.headers.len()), (None, 1));
    let both = answer(&[("retry_after", 1.into()), ("retry_after_ms", 1.into())]);
    assert!(both.unwrap_err().contains("give one of the two"));
}

#[test]
fn what_is_given_goes_before_the_preset() {
    let preset = || ("preset", Value::from("openai-rate-limit"));
    let plain = answer(&[preset()]).unwrap();
    assert_eq!(plain.status, 429);
    assert_eq!(field(&plain, "x-ratelimit-remaining-requests"), Some("0"));
    assert_eq!(plain.retry_after.map(|wait| wait.seconds()), Some(1));
    let headers = Value::Map(vec![
        ("X-RateLimit-Remaining-Requests".to_owned(), Value::Null),
        ("x-request-id".to_owned(), "mine".into()),
    ]);
    let given = [
        preset(),
        ("status", 503.into()),
        ("retry_after", 9.into()),
        ("headers", headers),
        ("body", "{}".into()),
    ];
    let changed = answer(&given).unwrap();
    assert_eq!((changed.status, &*changed.body), (503, &b"{}"[..]));
    assert_eq!(changed.retry_after.map(|wait| wait.seconds()), Some(9));
    assert_eq!(field(&changed, "x-ratelimit-remaining-requests"), None);
    assert_eq!(field(&changed, "x-request-id"), Some("mine"));
    assert_eq!(field(&changed, "x-ratelimit-limit-requests"), Some("500"));
}

#[test]
fn null_for_a_field_of_the_wait_removes_it() {
    let removing = |preset: &str, name: &str| {
        let headers = Value::Map(vec![(name.to_owned(), Value::Null)]);
        let answer = answer(&[("preset", preset.into()), ("headers", headers)]).unwrap();
        assert!(!answer.body.is_empty());
        answer.retry_after.map(|wait| wait.in_millis)
    };
    assert_eq!(removing("openai-rate-limit", "x-request-id"), Some(true));
    assert_eq!(removing("openai-rate-limit", "Retry-After"), None);
    assert_eq!(removing("openai-rate-limit", "Retry-After-Ms"), Some(false));
    assert_eq!(removing("anthropic-rate-limit", "retry-after"), None);
    for (name, removed) in [
        ("retry_after", "Retry-After"),
        ("retry_after_ms", "Retry-After"),
        ("retry_after_ms", "retry-after-ms"),
    ] {
        let headers = Value::Map(vec![(removed.to_owned(), Value::Null)]);
        let error = answer(&[(name, 1.into()), ("headers", headers)]).unwrap_err();
        let problem = "is given, but headers removes a field that it sends";
        assert!(error.contains(&format!("{name} {problem}")), "{error}");
    }
}

#[test]
fn every_preset_of_an_answer_is_taken() {
    for preset in presets().filter(|preset| preset.kind == "respond") {
        let answer = answer(&[("preset", preset.name.into())]).unwrap();
        assert_eq!(
            (answer.status, &*answer.body),
            (preset.status, preset.body.as_bytes())
        );
    }
}

#[test]
fn wrong_values_are_named_with_what_is_accepted() {
    for (given, problem) in [
        (
            vec![("status", 101.into())],
            "attributes.status is 101, but must be from 200 to 599",
        ),
        (
            vec![("status", 600.into())],
            "attributes.status is 600, but must be from 200 to 599",
        ),
        (
            vec![("retry_after", (-1).into())],
            "attributes.retry_after is -1 s, but must be from 0 to 31536000",
        ),
        (
            vec![("close", 2.into())],
            "attributes.close is 2, but must be from 0 to 1",
        ),
        (
            vec![("grpc_status", 17.into())],
            "attributes.grpc_status is 17, but must be from 0 to 16",
        ),
        (
            vec![("preset", "openai-ratelimit".into())],
            "preset is \"openai-ratelimit\", which is no preset: did you mean \"openai-rate-limit\"?",
        ),
        (
            vec![("preset", "anthropic-stream-error".into())],
            "preset is \"anthropic-stream-error\", which is for modify_body, not for respond",
        ),
        (
            vec![("body_base64", "a b".into())],
            "body_base64 is no base64: see character 2",
        ),
        (
            vec![("body", "a".into()), ("body_base64", "YQ==".into())],
            "body_base64 is given beside body; give one of the two",
        ),
        (
            vec![("raw", "x".into()), ("status", 200.into())],
            "raw is everything that is sent, so status has no effect; leave one of them out",
        ),
        (
            vec![("after", Value::from([("bytes", 5)]))],
            "after counts what passes on a connection, but this toxic acts on requests; give match.http with requests, nth or after",
        ),
    ] {
        let error = answer(&given).unwrap_err();
        assert!(error.starts_with(problem), "{given:?}: {error}");
    }
    let large = answer(&[("body", "x".repeat(1024 * 1024 + 1).into())]).unwrap_err();
    assert!(
        large.ends_with("but must be at most 1048576 bytes"),
        "{large}"
    );
}

#[test]
fn conditions_on_an_answer_and_the_stream_upstream_are_refused() {
    let matching = HttpMatch {
        status: vec![500..=599],
        ..HttpMatch::default()
    };
    assert_eq!(
        http(&[], Direction::Downstream, Some(&matching)).unwrap_err(),
        "match.http.status is a condition on the answer, but respond answers before the upstream does; leave it out"
    );
    assert_eq!(
        http(&[], Direction::Upstream, None).unwrap_err(),
        "stream is \"upstream\", but respond acts on answers; leave stream out, or give \"downstream\""
    );
}

#[test]
fn raw_bytes_close_the_connection() {
    let answer = answer(&[("raw", "HTTP/1.1 2\r\n".into())]).unwrap();
    assert_eq!(answer.raw.as_deref(), Some(&b"HTTP/1.1 2\r\n"[..]));
    assert!(answer.close);
}
