//! Answers of ours: how they leave, and the one that says that there is no upstream.

use bytes::Bytes;

use super::notes::Given;
use super::pieces::Pieces;
use crate::engine::{Outlet, UpstreamUnreachable};
use crate::protocol::http::Answer;
use crate::protocol::http1::BodyFraming;

/// Sends an answer of ours, in the chunks that toxics are to see.
pub(super) fn send(given: Given, out: &mut Outlet<'_>) {
    let Given {
        bytes: mut rest,
        is_message,
        marking,
        ..
    } = given;
    // Bytes that are sent as they were written need not be a message.
    let head = if is_message { head_len(&rest) } else { 0 };
    let body = rest.len().saturating_sub(head) as u64;
    let marks = marking.marks.clone();
    let mut pieces = Pieces::new(BodyFraming::Length(body), marking);
    if !pieces.walks() && pieces.marks() == marks {
        return out.insert(rest, marks);
    }
    out.insert(rest.split_to(head), marks);
    while let Some(piece) = pieces.next(&rest).ok().filter(|piece| piece.len > 0) {
        out.insert(rest.split_to(piece.len), piece.marks);
    }
}

/// The length of the head, with the empty line behind it.
fn head_len(message: &Bytes) -> usize {
    let end = message.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    end.map_or(message.len(), |end| end + 4)
}

/// The answer to a request that nobody can answer.
pub(super) fn bad_gateway(unreachable: &UpstreamUnreachable) -> Answer {
    let (upstream, reason) = (escape(&unreachable.upstream), escape(&unreachable.reason));
    // Client libraries of APIs show the `message` of an `error`.
    let message = format!("the upstream {upstream} cannot be reached: {reason}");
    let body = format!(
        "{{\"error\":{{\"message\":\"{message}\",\"type\":\"upstream_unreachable\",\"upstream\":\"{upstream}\",\"reason\":\"{reason}\"}}}}\n"
    );
    Answer {
        status: 502,
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: body.into(),
        raw: None,
        retry_after: None,
        close: false,
        grpc_status: None,
    }
}

/// The text within a string of JSON (RFC 8259, section 7).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => escaped.extend(['\\', character]),
            character if character.is_control() => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            character => escaped.push(character),
        }
    }
    escaped
}
