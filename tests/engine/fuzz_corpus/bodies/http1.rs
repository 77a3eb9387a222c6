//! Arbitrary bytes as HTTP/1.1: the verdict about a head does not depend on the chunks, and a body that is
//! changed has the same content in any.

use std::sync::Arc;

use aconite::protocol::http::{AfterPart, AnswerDecision, BodyCut, BodyPlan, Insert};
use aconite::protocol::http1::{
    BodyFraming, FieldSpace, HeadReader, Method, Parsed, Version, request_head, response_head,
};
use bytes::Bytes;

use super::take::Take;
use crate::harness::http1::{content, edited};

pub fn run(data: &[u8]) {
    let mut take = Take(data);
    let size = 1 + usize::from(take.byte() % 16);
    let method = take.pick(&[Method::Other, Method::Head, Method::Connect]);
    let client = take.pick(&[Version::Http11, Version::Http10]);
    let decision = decision(&mut take);
    let bytes = take.0;
    heads(bytes, method, size);

    let mut space = FieldSpace::new();
    let Parsed::Complete(response) = response_head(bytes, method, &mut space) else {
        return;
    };
    let ends = response.framing == BodyFraming::UntilEnd;
    let whole = edited(bytes, &decision, (method, client), &[bytes.len()], ends);
    let cut = edited(bytes, &decision, (method, client), &[size], ends);
    match (whole, cut) {
        (Ok(whole), Ok(cut)) => {
            assert_eq!((whole.whole, &whole.left), (cut.whole, &cut.left));
            let seen =
                |wire: &[u8]| content(wire, method).map(|(content, done, _)| (content, done));
            assert_eq!(seen(&whole.wire), seen(&cut.wire));
        }
        (whole, cut) => assert_eq!(whole.err(), cut.err()),
    }
}

/// The same verdict about a head at once and in pieces, once it is complete.
fn heads(bytes: &[u8], method: Method, size: usize) {
    let bytes = &[bytes, b"x\n\n"].concat()[..];
    let places = || (size..bytes.len()).step_by(size).chain([bytes.len()]);
    let mut reader = HeadReader::default();
    let cut = places().find_map(|end| {
        verdict(
            reader.request(&bytes[..end], &mut FieldSpace::new()),
            |request| (request.len, request.framing),
        )
    });
    let whole = verdict(request_head(bytes, &mut FieldSpace::new()), |request| {
        (request.len, request.framing)
    });
    assert_eq!(cut, whole);
    let mut reader = HeadReader::default();
    let cut = places().find_map(|end| {
        verdict(
            reader.response(&bytes[..end], method, &mut FieldSpace::new()),
            |response| (response.len, response.framing),
        )
    });
    let whole = verdict(
        response_head(bytes, method, &mut FieldSpace::new()),
        |response| (response.len, response.framing),
    );
    assert_eq!(cut, whole);
}

/// `None` as long as the head is not complete; an `Err` if it never will be.
fn verdict<T, R>(parsed: Parsed<T>, of: impl FnOnce(&T) -> R) -> Option<Result<R, ()>> {
    match parsed {
        Parsed::Complete(head) => Some(Ok(of(&head))),
        Parsed::Partial => None,
        Parsed::Refused(_) => Some(Err(())),
    }
}

fn decision(take: &mut Take<'_>) -> AnswerDecision {
    let choice = take.byte();
    let inserts = (0..choice % 3).map(|_| Insert {
        at: place(take),
        bytes: take.pick(&[&b""[..], b"x", b"data: y\n\n"]).into(),
        repeat_event: u32::from(take.byte() % 3),
    });
    let inserts = inserts.collect();
    let cuts = (0..choice / 16 % 3).map(|_| BodyCut {
        after: place(take),
        bytes: take.span().as_nanos() as u64,
    });
    let plan = BodyPlan {
        inserts,
        cuts: cuts.collect(),
        replace: (choice >= 224).then(|| Bytes::from_static(b"data: new\n\n")),
    };
    AnswerDecision {
        status: take.pick(&[None, None, Some(204), Some(304), Some(429)]),
        body: (!plan.is_nothing()).then(|| Arc::new(plan)),
        ..AnswerDecision::default()
    }
}

fn place(take: &mut Take<'_>) -> Option<AfterPart> {
    match take.byte() {
        byte @ 0..100 => Some(AfterPart::Bytes(u64::from(byte))),
        byte @ 100..110 => Some(AfterPart::Events(u64::from(byte - 100))),
        110..200 => None,
        _ => Some(AfterPart::Bytes(u64::from_le_bytes(take.bytes()))),
    }
}
