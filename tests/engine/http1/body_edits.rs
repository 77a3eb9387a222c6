//! Changes of answers: their heads, their content and the framing around it.

use std::sync::Arc;

use aconite::protocol::http::{AfterPart, AnswerDecision, BodyCut, BodyPlan, Insert};
use aconite::protocol::http1::{Method, Refusal, Version};
use bytes::Bytes;

use crate::harness::http1::{Sent, content, edited};

const EVENTS: &str = "data: a\n\ndata: b\n\ndata: c\n\n";

fn insert(at: Option<AfterPart>, bytes: &'static str, repeat_event: u32) -> Insert {
    let bytes = Bytes::from_static(bytes.as_bytes());
    Insert {
        at,
        bytes,
        repeat_event,
    }
}

fn decision(plan: BodyPlan) -> AnswerDecision {
    AnswerDecision {
        body: Some(Arc::new(plan)),
        ..AnswerDecision::default()
    }
}

fn inserts(inserts: Vec<Insert>) -> AnswerDecision {
    decision(BodyPlan {
        inserts,
        ..BodyPlan::default()
    })
}

fn cut(after: Option<AfterPart>, bytes: u64) -> AnswerDecision {
    decision(BodyPlan {
        cuts: vec![BodyCut { after, bytes }],
        ..BodyPlan::default()
    })
}

fn replace(body: &'static str) -> BodyPlan {
    BodyPlan {
        replace: Some(Bytes::from_static(body.as_bytes())),
        ..BodyPlan::default()
    }
}

/// What a client gets. Panics if it depends on the cuts; of chunks only their content may not.
fn send(answer: &str, decision: &AnswerDecision, method: Method, client: Version) -> Sent {
    let to = (method, client);
    let whole = edited(answer.as_bytes(), decision, to, &[1 << 20], true).unwrap();
    for size in [1, 2, 3, 7] {
        let cut = edited(answer.as_bytes(), decision, to, &[size], true).unwrap();
        let seen = |sent: &Sent| (content(&sent.wire, method), sent.whole, sent.left.clone());
        let (cut, whole) = (seen(&cut), seen(&whole));
        let text = |(content, done, _): (Vec<u8>, bool, usize)| (content, done);
        assert_eq!(cut.0.map(text), whole.0.map(text), "in pieces of {size}");
        assert_eq!((cut.1, cut.2), (whole.1, whole.2), "in pieces of {size}");
    }
    whole
}

fn text(sent: &Sent) -> String {
    String::from_utf8(sent.wire.clone()).unwrap()
}

fn get(answer: &str, decision: &AnswerDecision) -> Sent {
    send(answer, decision, Method::Other, Version::Http11)
}

fn chunked(content: &str) -> String {
    let len = content.len();
    format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{len:x}\r\n{content}\r\n0\r\n\r\n"
    )
}

fn sized(content: &str) -> String {
    let len = content.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {len}\r\n\r\n{content}")
}

#[test]
fn insert_after_events_is_a_chunk_between_chunks() {
    let error = inserts(vec![insert(Some(AfterPart::Events(2)), "data: x\n\n", 0)]);
    let sent = get(&(chunked(EVENTS) + "HTTP/1.1 "), &error);
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let body =
        "9\r\ndata: a\n\n\r\n9\r\ndata: b\n\n\r\n9\r\ndata: x\n\n\r\n9\r\ndata: c\n\n\r\n0\r\n\r\n";
    assert_eq!(text(&sent), format!("{head}{body}"));
    assert!(sent.whole && !sent.closes && sent.left == b"HTTP/1.1 ");
}

#[test]
fn event_is_sent_again_where_the_plan_says_so() {
    let again = inserts(vec![insert(Some(AfterPart::Events(2)), "", 2)]);
    let (seen, done, _) = content(&get(&chunked(EVENTS), &again).wire, Method::Other).unwrap();
    let expected = EVENTS.replace("data: b\n\n", "data: b\n\ndata: b\n\ndata: b\n\n");
    assert_eq!((String::from_utf8(seen).unwrap(), done), (expected, true));
    // Behind no event there is nothing to send again; a place that is never reached is none.
    let none = inserts(vec![
        insert(Some(AfterPart::Events(0)), "", 2),
        insert(Some(AfterPart::Events(4)), "x", 2),
    ]);
    let (seen, ..) = content(&get(&chunked(EVENTS), &none).wire, Method::Other).unwrap();
    assert_eq!(seen, EVENTS.as_bytes());
}

#[test]
fn cut_ends_the_message_as_if_it_were_whole() {
    let sent = get(
        &(chunked(EVENTS) + "HTTP/1.1 "),
        &cut(Some(AfterPart::Events(2)), 4),
    );
    assert!(text(&sent).ends_with("4\r\ndata\r\n0\r\n\r\n"));
    assert!(sent.whole && !sent.closes && sent.left == b"HTTP/1.1 ");
    let sent = get(&sized("hello"), &cut(None, 2));
    assert_eq!(
        text(&sent),
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhe"
    );
    let sent = get(&sized("hello"), &cut(Some(AfterPart::Bytes(9)), 2));
    assert_eq!(text(&sent), sized("hello"));
}

#[test]
fn cut_of_an_answer_that_may_be_endless_closes_the_connection() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n";
    let stream = format!("{head}Transfer-Encoding: chunked\r\n\r\n9\r\ndata: a\n\n\r\n");
    let sent = get(&stream, &cut(Some(AfterPart::Events(1)), 0));
    let fields = "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    assert_eq!(
        text(&sent),
        format!("{head}{fields}9\r\ndata: a\n\n\r\n0\r\n\r\n")
    );
    assert!(sent.whole && sent.closes);
    let sent = get("HTTP/1.1 200 OK\r\n\r\nhello", &cut(None, 2));
    assert!(sent.whole && sent.closes && text(&sent).ends_with("\r\n\r\nhe"));
}

#[test]
fn insert_into_a_sized_body_changes_the_length() {
    let more = inserts(vec![
        insert(None, "!", 0),
        insert(Some(AfterPart::Bytes(0)), "<", 0),
        insert(Some(AfterPart::Bytes(5)), ">", 0),
        insert(Some(AfterPart::Bytes(6)), "never", 0),
    ]);
    assert_eq!(text(&get(&sized("hello"), &more)), sized("<hello>!"));
    assert_eq!(
        text(&get(&sized(""), &inserts(vec![insert(None, "x", 0)]))),
        sized("x")
    );
}

#[test]
fn insert_whose_length_is_not_known_turns_a_length_into_chunks() {
    let error = inserts(vec![insert(Some(AfterPart::Events(3)), "x", 0)]);
    let sent = get(&sized(EVENTS), &error);
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n";
    assert!(text(&sent).starts_with(head) && text(&sent).ends_with("\r\n1\r\nx\r\n0\r\n\r\n"));
    let old = send(&sized(EVENTS), &error, Method::Other, Version::Http10);
    let expected = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{EVENTS}x");
    assert!(old.closes && old.whole && text(&old) == expected);
    let from_old = sized(EVENTS).replace("1.1", "1.0");
    assert!(
        get(&from_old, &error).closes,
        "no chunks under the status line of 1.0"
    );
}

#[test]
fn content_validators_do_not_outlive_a_change() {
    let fields = "etag: \"1\"\r\nDigest: a\r\nContent-MD5: b\r\nRepr-Digest: c\r\nX: y\r\n";
    let answer = format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: 1\r\n\r\na");
    let sent = get(&answer, &inserts(vec![insert(None, "b", 0)]));
    assert_eq!(
        text(&sent),
        "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 2\r\n\r\nab"
    );
}

#[test]
fn replaced_body_has_a_length_and_no_trace_of_the_old_one() {
    let fields =
        "Transfer-Encoding: chunked\r\nTrailer: A\r\nContent-Encoding: gzip\r\nETag: x\r\nX: y\r\n";
    let answer = format!("HTTP/1.1 200 OK\r\n{fields}\r\n3\r\nold\r\n0\r\nA: b\r\n\r\nHTTP");
    let mut new = decision(replace("new one"));
    let sent = get(&answer, &new);
    assert_eq!(
        text(&sent),
        "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 7\r\n\r\nnew one"
    );
    assert!(sent.whole && !sent.closes && sent.left == b"HTTP");
    new.status = Some(503);
    new.fields = vec![
        ("Content-Encoding".into(), Some("br".into())),
        ("content-length".into(), Some("99".into())),
    ];
    let expected = "HTTP/1.1 503 Service Unavailable\r\nContent-Encoding: br\r\nX: y\r\ncontent-length: 7\r\n\r\nnew one";
    assert_eq!(
        text(&get(&answer, &new)).to_lowercase(),
        expected.to_lowercase()
    );
}

#[test]
fn replaced_body_is_changed_by_the_rest_of_the_plan() {
    let plan = BodyPlan {
        inserts: vec![insert(Some(AfterPart::Events(1)), "data: x\n\n", 1)],
        cuts: vec![BodyCut {
            after: Some(AfterPart::Events(2)),
            bytes: 0,
        }],
        ..replace(EVENTS)
    };
    let sent = get(&sized("old"), &decision(plan));
    assert_eq!(
        text(&sent),
        sized("data: a\n\ndata: a\n\ndata: x\n\ndata: b\n\n")
    );
}

#[test]
fn status_that_has_no_body_drops_it_and_one_that_has_gets_an_empty_one() {
    let status = |status| AnswerDecision {
        status: Some(status),
        ..AnswerDecision::default()
    };
    let sent = get(&(chunked("hello") + "HTTP"), &status(204));
    assert_eq!(text(&sent), "HTTP/1.1 204 No Content\r\n\r\n");
    assert!(sent.whole && sent.left == b"HTTP");
    let sent = get(
        "HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\nHTTP",
        &status(500),
    );
    let expected = "HTTP/1.1 500 Internal Server Error\r\nETag: x\r\nContent-Length: 0\r\n\r\n";
    assert!(text(&sent) == expected && sent.whole && sent.left == b"HTTP");
    let same = get(&sized("hello"), &status(418));
    assert_eq!(
        text(&same),
        sized("hello").replace("200 OK", "418 I'm a teapot")
    );
    let upgraded = get("HTTP/1.1 101 X\r\n\r\n", &status(500));
    assert!(upgraded.closes && text(&upgraded).contains("Content-Length: 0\r\n"));
}

#[test]
fn answer_to_head_is_described_and_has_no_body() {
    let head = |decision| send(&sized("")[..], &decision, Method::Head, Version::Http11);
    assert_eq!(
        text(&head(decision(replace("new")))),
        sized("new").replace("new", "")
    );
    let unknown = head(inserts(vec![insert(None, "x", 0)]));
    assert_eq!(text(&unknown), "HTTP/1.1 200 OK\r\n\r\n");
}

#[test]
fn answer_that_breaks_off_is_not_whole() {
    let more = inserts(vec![insert(None, "x", 0)]);
    for answer in [&chunked("hello")[..], &sized("hello")] {
        for missing in 1..5 {
            let sent = get(&answer[..answer.len() - missing], &more);
            assert!(
                !sent.whole,
                "{missing} bytes are missing: {:?}",
                text(&sent)
            );
            let seen = content(&sent.wire, Method::Other).unwrap();
            assert!(!seen.1, "{:?}", text(&sent));
        }
    }
    let open = get("HTTP/1.1 200 OK\r\n\r\nhello", &more);
    assert!(open.whole && text(&open).ends_with("hellox"));
}

#[test]
fn trailers_stay_behind_a_changed_body() {
    let answer = chunked("hello").replace("0\r\n\r\n", "0;x\r\nA: b\r\nC: d\r\n\r\n");
    let sent = get(&answer, &inserts(vec![insert(None, "!", 0)]));
    assert!(text(&sent).ends_with("5\r\nhello\r\n1\r\n!\r\n0\r\nA: b\r\nC: d\r\n\r\n"));
}

#[test]
fn wrong_chunk_in_a_changed_body_is_refused() {
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n";
    let to = (Method::Other, Version::Http11);
    let sent = edited(
        answer.as_bytes(),
        &inserts(vec![insert(None, "x", 0)]),
        to,
        &[5],
        true,
    );
    assert_eq!(sent, Err(Refusal::WrongChunk));
}

#[test]
fn event_beyond_a_mebibyte_is_not_sent_again() {
    let long = format!("data: {}\n\n", "a".repeat(1 << 20));
    let stream = format!("{long}data: b\n\n");
    let again = |events| inserts(vec![insert(Some(AfterPart::Events(events)), "", 1)]);
    let len = |decision| {
        let to = (Method::Other, Version::Http11);
        let sent = edited(sized(&stream).as_bytes(), &decision, to, &[65536], true).unwrap();
        content(&sent.wire, Method::Other).unwrap().0.len()
    };
    assert_eq!(len(again(1)), stream.len());
    assert_eq!(len(again(2)), stream.len() + 9);
}

#[test]
fn an_answer_without_a_body_keeps_the_fields_that_describe_one() {
    let plans = [
        replace("new"),
        BodyPlan {
            inserts: vec![insert(None, "x", 0)],
            ..BodyPlan::default()
        },
    ];
    for plan in plans {
        for status in ["304 Not Modified", "204 No Content"] {
            let answer = format!("HTTP/1.1 {status}\r\nETag: x\r\nContent-Encoding: br\r\n\r\n");
            for method in [Method::Other, Method::Head] {
                let plan = decision(plan.clone());
                let sent = send(&answer, &plan, method, Version::Http11);
                assert_eq!(text(&sent), answer);
            }
        }
        let answer = "HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: 5\r\n\r\n";
        let plan = decision(plan);
        let sent = send(answer, &plan, Method::Head, Version::Http11);
        assert!(!text(&sent).contains("ETag"), "{}", text(&sent));
    }
}

#[test]
fn head_gets_no_length_with_a_status_that_has_no_body() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    let to_none = AnswerDecision {
        status: Some(204),
        ..decision(replace(""))
    };
    let sent = send(answer, &to_none, Method::Head, Version::Http11);
    assert_eq!(text(&sent), "HTTP/1.1 204 No Content\r\n\r\n");
}

#[test]
fn a_new_body_is_no_range_of_the_old_one() {
    let answer = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-2/9\r\nContent-Length: 3\r\n\r\nabc";
    let sent = get(answer, &decision(replace("new one")));
    let expected = "HTTP/1.1 206 Partial Content\r\nContent-Length: 7\r\n\r\nnew one";
    assert_eq!(text(&sent), expected);
}
