//! Answers that are given in place of the upstream's, as bytes.

use std::time::Duration;

use aconite::protocol::http::{Answer, RetryAfter};
use aconite::protocol::http1::{Method, Version, given_answer};
use bytes::Bytes;

fn answer(status: u16, body: &'static str) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: Bytes::from_static(body.as_bytes()),
        raw: None,
        retry_after: None,
        close: false,
        grpc_status: None,
    }
}

fn given(answer: &Answer, method: Method, version: Version) -> (String, bool) {
    let (bytes, closes) = given_answer(answer, method, version, true);
    (String::from_utf8(bytes.to_vec()).unwrap(), closes)
}

fn to_get(answer: &Answer) -> String {
    given(answer, Method::Other, Version::Http11).0
}

#[test]
fn answer_has_status_fields_length_and_body() {
    let mut limited = answer(429, "{}");
    limited.headers = vec![
        ("content-type".into(), "application/json".into()),
        ("X-A".into(), "b".into()),
    ];
    let expected = "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\nX-A: b\r\nContent-Length: 2\r\n\r\n{}";
    assert_eq!(
        given(&limited, Method::Other, Version::Http11),
        (expected.into(), false)
    );
}

#[test]
fn retry_after_is_rounded_up_and_never_doubled() {
    let mut limited = answer(429, "");
    let time = Duration::from_micros(1_500_001);
    limited.retry_after = Some(RetryAfter {
        time,
        in_millis: true,
    });
    let head = "HTTP/1.1 429 Too Many Requests\r\n";
    let length = "Content-Length: 0\r\n\r\n";
    assert_eq!(
        to_get(&limited),
        format!("{head}Retry-After: 2\r\nretry-after-ms: 1501\r\n{length}")
    );
    limited.retry_after = Some(RetryAfter {
        time,
        in_millis: false,
    });
    assert_eq!(
        to_get(&limited),
        format!("{head}Retry-After: 2\r\n{length}")
    );
    limited.headers = vec![("retry-AFTER".into(), "soon".into())];
    assert_eq!(
        to_get(&limited),
        format!("{head}retry-AFTER: soon\r\n{length}")
    );
}

#[test]
fn answer_without_a_body_sends_none() {
    let to_head = given(&answer(200, "abc"), Method::Head, Version::Http11);
    assert_eq!(
        to_head,
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n".into(), false)
    );
    assert_eq!(
        to_get(&answer(204, "abc")),
        "HTTP/1.1 204 No Content\r\n\r\n"
    );
    assert_eq!(
        to_get(&answer(304, "abc")),
        "HTTP/1.1 304 Not Modified\r\n\r\n"
    );
    let tunnel = given(&answer(200, "abc"), Method::Connect, Version::Http11);
    assert_eq!(
        tunnel,
        ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".into(), true)
    );
    let failed = given(&answer(503, "abc"), Method::Connect, Version::Http11);
    assert!(failed.0.ends_with("Content-Length: 3\r\n\r\nabc") && !failed.1);
}

#[test]
fn connection_option_says_whether_the_connection_is_kept() {
    let old = given(&answer(299, ""), Method::Other, Version::Http10);
    assert_eq!(
        old,
        (
            "HTTP/1.0 299 \r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n".into(),
            false
        )
    );
    let (bytes, closes) = given_answer(&answer(500, ""), Method::Other, Version::Http10, false);
    assert!(closes && bytes.ends_with(b"\r\nConnection: close\r\n\r\n"));
    let mut closing = answer(500, "");
    closing.close = true;
    assert!(given(&closing, Method::Other, Version::Http11).1);
    let mut closing = answer(500, "");
    closing.headers = vec![("Connection".into(), "x, Close".into())];
    let (bytes, closes) = given(&closing, Method::Other, Version::Http11);
    assert!(closes && bytes.matches("onnection").count() == 1);
}

#[test]
fn framing_of_an_answer_is_ours() {
    let mut odd = answer(500, "abc");
    odd.headers = vec![
        ("content-length".into(), "9".into()),
        ("Transfer-Encoding".into(), "chunked".into()),
    ];
    assert_eq!(
        to_get(&odd),
        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\nabc"
    );
}

#[test]
fn raw_bytes_are_sent_as_they_are_and_close() {
    let mut raw = answer(500, "abc");
    raw.raw = Some(Bytes::from_static(b"lskdu018973t09sylgasjkfg1][]'./.sdlv"));
    let (bytes, closes) = given_answer(&raw, Method::Head, Version::Http11, true);
    assert!(closes && bytes == raw.raw.unwrap());
}
