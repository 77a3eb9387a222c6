//! Any changes of any content under any framing and any cuts, against a model that sees all of it.

use std::sync::Arc;

use aconite::protocol::EventScanner;
use aconite::protocol::http::{AfterPart, AnswerDecision, BodyCut, BodyPlan, Insert};
use aconite::protocol::http1::{Method, Version};
use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::harness::http1::{content, edited};

/// What the content must become: by looking at all of it, byte for byte.
fn expected(plan: &BodyPlan, content: &[u8]) -> Vec<u8> {
    let (mut ends, mut from, mut scanner) = (Vec::new(), 0, EventScanner::new());
    while let Some(len) = scanner.next(&content[from..]) {
        from += len;
        ends.push(from);
    }
    let mut out = Vec::new();
    let (mut inserted, mut end) = (vec![false; plan.inserts.len()], None::<u64>);
    let mut cut = vec![false; plan.cuts.len()];
    for place in 0..=content.len() {
        let events: Vec<usize> = ends.iter().copied().filter(|end| *end <= place).collect();
        let reached = |at| match at {
            AfterPart::Bytes(at) => at <= place as u64,
            AfterPart::Events(at) => at <= events.len() as u64,
        };
        let put = |out: &mut Vec<u8>, insert: &Insert| {
            if let [.., end] = events[..] {
                let start = events.iter().rev().nth(1).copied().unwrap_or(0);
                let times = insert.repeat_event as usize;
                out.extend(content[start..end].repeat(times));
            }
            out.extend_from_slice(&insert.bytes);
        };
        for (insert, done) in plan.inserts.iter().zip(&mut inserted) {
            if !*done && insert.at.is_some_and(reached) {
                *done = true;
                put(&mut out, insert);
            }
        }
        for (one, done) in plan.cuts.iter().zip(&mut cut) {
            if !*done && one.after.is_none_or(reached) {
                *done = true;
                let here = place as u64 + one.bytes;
                end = Some(end.map_or(here, |end| end.min(here)));
            }
        }
        if place == content.len() || end == Some(place as u64) {
            let last = plan.inserts.iter().filter(|insert| insert.at.is_none());
            last.for_each(|insert| put(&mut out, insert));
            break;
        }
        out.push(content[place]);
    }
    out
}

fn place() -> impl Strategy<Value = Option<AfterPart>> {
    prop_oneof![
        Just(None),
        (0_u64..60).prop_map(|at| Some(AfterPart::Bytes(at))),
        (0_u64..5).prop_map(|at| Some(AfterPart::Events(at))),
    ]
}

fn plan() -> impl Strategy<Value = BodyPlan> {
    let text = "[a-z\n]{0,6}".prop_map(|text| Bytes::from(text.into_bytes()));
    let insert = (
        place(),
        text.clone(),
        prop_oneof![3 => Just(0), 1 => 1_u32..3],
    );
    let insert = insert.prop_map(|(at, bytes, repeat_event)| Insert {
        at,
        bytes,
        repeat_event,
    });
    let cut = (place(), 0_u64..30).prop_map(|(after, bytes)| BodyCut { after, bytes });
    let replace = prop_oneof![3 => Just(None), 1 => text.prop_map(Some)];
    (replace, vec(insert, 0..4), vec(cut, 0..3)).prop_map(|(replace, inserts, cuts)| BodyPlan {
        replace,
        inserts,
        cuts,
    })
}

fn stream() -> impl Strategy<Value = String> {
    let line =
        proptest::sample::select(&["data: abc\n", "\n", ": x\n", "data\n", "event: y\n", "z"][..]);
    vec(line, 0..12).prop_map(|lines| lines.concat())
}

/// The content as an upstream sends it: with a length, in chunks, or until the end.
fn framed(content: &str, kind: u8, chunk: usize) -> String {
    match kind {
        0 => format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{content}",
            content.len()
        ),
        1 => {
            let chunks = content.as_bytes().chunks(chunk);
            let chunks = chunks.map(|part| {
                let text = std::str::from_utf8(part).unwrap();
                format!("{:X};e\r\n{text}\r\n", part.len())
            });
            let body: String = chunks.collect();
            format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{body}0\r\nA: b\r\n\r\n")
        }
        _ => format!("HTTP/1.1 200 OK\r\n\r\n{content}"),
    }
}

proptest! {
    #[test]
    fn changed_answer_has_the_planned_content_and_is_framed_right(
        stream in stream(), plan in plan(), kind in 0_u8..3, chunk in 1_usize..20,
        sizes in vec(1_usize..30, 1..5), old in any::<bool>(),
    ) {
        let next = if kind == 2 { "" } else { "HTTP/1.1 204 \r\n\r\n" };
        let answer = framed(&stream, kind, chunk) + next;
        let client = if old { Version::Http10 } else { Version::Http11 };
        let base = plan.replace.clone().unwrap_or_else(|| Bytes::from(stream.clone().into_bytes()));
        let expected = expected(&plan, &base);
        let to = (Method::Other, client);
        let decision = AnswerDecision {
            body: Some(Arc::new(plan)),
            ..AnswerDecision::default()
        };
        let sent = edited(answer.as_bytes(), &decision, to, &sizes, kind == 2).unwrap();
        let (seen, done, taken) = content(&sent.wire, Method::Other).expect("an answer");
        prop_assert_eq!(seen, expected);
        prop_assert_eq!(taken, sent.wire.len());
        prop_assert!(sent.whole && (done || sent.closes || kind == 2));
        prop_assert_eq!(sent.left, next.as_bytes());
    }
}
