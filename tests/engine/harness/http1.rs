//! Drives the parts of HTTP/1.1 through bytes that come in pieces.

use aconite::protocol::http::AnswerDecision;
use aconite::protocol::http1::{
    BodyEditor, BodyReader, Edited, FieldSpace, Method, Parsed, PartKind, Refusal, Version,
    edit_answer, response_head,
};
use bytes::Bytes;

/// An answer as the client got it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// The head and the body, as bytes.
    pub wire: Vec<u8>,
    /// Whether the message is whole.
    pub whole: bool,
    /// Whether the connection must be closed behind it.
    pub closes: bool,
    /// What followed the upstream's message.
    pub left: Vec<u8>,
}

/// Sends an upstream's answer to a client through a decision: the head, then the body in pieces of
/// these sizes, then the end of the stream if `ends`.
pub fn edited(
    answer: &[u8],
    decision: &AnswerDecision,
    (method, client): (Method, Version),
    sizes: &[usize],
    ends: bool,
) -> Result<Sent, Refusal> {
    let mut space = FieldSpace::new();
    let response = match response_head(answer, method, &mut space) {
        Parsed::Complete(response) => response,
        Parsed::Partial => panic!("unfinished head"),
        Parsed::Refused(refusal) => return Err(refusal),
    };
    let edited = edit_answer(&response, decision, method, client);
    let (head, rest) = answer.split_at(response.len);
    let mut sent = Sent {
        wire: edited.head.apply(&Bytes::copy_from_slice(head)).to_vec(),
        closes: edited.closes,
        ..Sent::default()
    };
    let Some(mut editor) = edited.body else {
        sent.wire.extend_from_slice(rest);
        return Ok(sent);
    };
    let mut waiting = Vec::new();
    let (mut later, mut sizes) = (rest, sizes.iter().cycle());
    while !drive(&mut editor, &mut waiting, &mut sent.wire)? && !later.is_empty() {
        let (now, next) = later.split_at(later.len().min(*sizes.next().unwrap()));
        waiting.extend_from_slice(now);
        later = next;
    }
    if ends {
        editor.end();
        assert!(drive(&mut editor, &mut waiting, &mut sent.wire)?);
    }
    sent.whole = editor.is_whole();
    sent.left = [&waiting[..], later].concat();
    Ok(sent)
}

/// Returns whether the upstream's message is over.
fn drive(
    editor: &mut BodyEditor,
    waiting: &mut Vec<u8>,
    wire: &mut Vec<u8>,
) -> Result<bool, Refusal> {
    loop {
        match editor.next(waiting)? {
            Edited::Pass(len) => {
                assert!(len > 0);
                wire.extend(waiting.drain(..len));
            }
            Edited::Drop(len) => {
                assert!(len > 0);
                waiting.drain(..len);
            }
            Edited::Insert(bytes) => {
                assert!(!bytes.is_empty());
                wire.extend_from_slice(&bytes);
            }
            Edited::More => {
                assert!(waiting.is_empty(), "it wants more and has not taken all");
                return Ok(false);
            }
            Edited::Done => return Ok(true),
        }
    }
}

/// The content of the answer that these bytes begin with, whether it ends within them, and how many
/// bytes it has. `None` if they begin with no answer.
pub fn content(wire: &[u8], method: Method) -> Option<(Vec<u8>, bool, usize)> {
    let mut space = FieldSpace::new();
    let Parsed::Complete(response) = response_head(wire, method, &mut space) else {
        return None;
    };
    let mut reader = BodyReader::new(response.framing);
    let (mut content, mut taken) = (Vec::new(), response.len);
    while !reader.is_done() && taken < wire.len() {
        let part = reader.next(&wire[taken..]).ok()?;
        assert!(part.len > 0, "no progress");
        if part.kind == PartKind::Payload {
            content.extend_from_slice(&wire[taken..taken + part.len]);
        }
        taken += part.len;
    }
    Some((content, reader.is_done(), taken))
}
