//! The answers half: frames the upstream's answers, marks and changes them, and gives answers of ours.

use std::sync::Arc;

use bytes::Bytes;

use super::answering::Answering;
use super::body::{Body, Step};
use super::notes::{Expected, FromAnswers, FromRequests};
use super::view::Protocol;
use crate::engine::{Chunk, Ending, Marks, Note, Outlet, Toxic};
use crate::protocol::http::{AnswerDecision, Place, Rules};
use crate::protocol::http1::{FieldSpace, Method, Parsed, Refusal, Response, Version, edit_answer};

/// The answers half.
#[derive(Debug)]
pub(super) struct Answers {
    rules: Arc<Rules>,
}

/// What the head of an answer comes to. `edited` is the head as the client is to see it, if it is
/// changed.
enum Head {
    Interim {
        len: usize,
    },
    Tunnel {
        len: usize,
        edited: Option<Bytes>,
        marks: Option<Arc<Marks>>,
    },
    Final {
        len: usize,
        edited: Option<Bytes>,
        body: Body,
    },
}

impl Answers {
    pub(super) fn new(rules: Arc<Rules>) -> Self {
        Answers { rules }
    }

    fn head(&self, answering: &mut Answering, chunk: Chunk, out: &mut Outlet<'_>) {
        let Some(Expected::Forwarded(forwarded)) = answering.queue.front_mut() else {
            return self.unframed(answering, chunk, out);
        };
        let bytes = chunk.bytes.clone();
        let mut space = FieldSpace::new();
        let parsed = answering
            .reader
            .response(&bytes, forwarded.form.method, &mut space);
        let head = match parsed {
            Parsed::Partial => {
                // A joined chunk grows in place only if nobody else holds its bytes.
                drop(bytes);
                return out.gather(chunk);
            }
            Parsed::Refused(refusal) => return self.refuse(answering, refusal, chunk, out),
            Parsed::Complete(response) if response.interim => {
                forwarded.tentative = false;
                Head::Interim { len: response.len }
            }
            Parsed::Complete(response) => {
                let place = Place {
                    identity: out.identity(),
                    exchange: forwarded.number,
                    now: out.event_time(),
                };
                let client = (forwarded.form.method, forwarded.form.version);
                let decision = &forwarded.decision;
                let decision = self.rules.decide_answer(decision, &response.head, &place);
                final_head(&bytes, &response, client, decision)
            }
        };
        self.follow(answering, head, chunk, out);
    }

    /// Sends the head on, and with it as much of the body as belongs into the same chunk.
    fn follow(
        &self,
        answering: &mut Answering,
        head: Head,
        mut chunk: Chunk,
        out: &mut Outlet<'_>,
    ) {
        match head {
            Head::Interim { len } => {
                out.send(chunk.split_to(len));
                put_back(chunk, out);
            }
            Head::Tunnel { len, edited, marks } => {
                send_head(chunk.split_to(len), edited, marks, out);
                answering.pass_all();
                out.tell(Note::new(FromAnswers::Raw(Protocol::Tunnel)));
                put_back(chunk, out);
            }
            Head::Final { len, edited, body } => {
                let joins = edited.is_none() && body.joins_head();
                let from = if joins { len } else { 0 };
                if !joins {
                    send_head(chunk.split_to(len), edited, body.head_marks(), out);
                }
                answering.body = Some(Box::new(body));
                self.body(answering, from, chunk, out);
            }
        }
    }

    /// Handles the part of a chunk that belongs to the body of the current answer; it begins at `from`.
    fn body(&self, answering: &mut Answering, from: usize, chunk: Chunk, out: &mut Outlet<'_>) {
        let Some(body) = &mut answering.body else {
            return out.send(chunk);
        };
        match body.take(from, chunk, out) {
            Step::More(rest) => put_back(rest, out),
            Step::Done(rest) => {
                answering.complete(&self.rules, out);
                put_back(rest, out);
            }
            Step::Refused(refusal, rest) => self.refuse(answering, refusal, rest, out),
            Step::Closes => answering.close(out),
        }
    }

    /// The bytes are no answer that can be framed.
    fn refuse(
        &self,
        answering: &mut Answering,
        refusal: Refusal,
        chunk: Chunk,
        out: &mut Outlet<'_>,
    ) {
        let front = answering.queue.front();
        let joins = matches!(front, Some(Expected::Forwarded(forwarded)) if forwarded.tentative);
        let owes = answering.owes();
        out.send(chunk);
        if owes {
            // An answer of ours would have to follow a message whose end is unknown.
            return answering.close(out);
        }
        if joins && answering.body.is_none() {
            answering.queue.clear();
            return out.tell(Note::new(FromAnswers::NotJoined));
        }
        answering.pass_all();
        out.tell(Note::new(FromAnswers::Raw(Protocol::Opaque(refusal))));
    }

    /// Bytes that answer no request, or that are not framed any more.
    fn unframed(&self, answering: &mut Answering, chunk: Chunk, out: &mut Outlet<'_>) {
        let Some(chunk) = answering.begin_http2(&self.rules, chunk, out) else {
            return;
        };
        // A status 1xx ends no turn: the rest of the request may follow.
        let is_interim = chunk.bytes.starts_with(b"HTTP/1.1 1");
        if answering.queue.is_empty() && !is_interim {
            out.tell(Note::new(FromAnswers::Unasked));
        }
        out.send(chunk);
    }
}

/// What the head of a final answer comes to.
fn final_head(
    bytes: &Bytes,
    response: &Response<'_>,
    (method, version): (Method, Version),
    decision: AnswerDecision,
) -> Head {
    let len = response.len;
    let answer = edit_answer(response, &decision, method, version);
    let changed = !answer.head.is_empty();
    let edited = changed.then(|| answer.head.apply(&bytes.slice(..len)));
    let (editor, closes, framing) = (answer.body, answer.closes, answer.framing);
    if response.tunnel && editor.is_none() {
        let marks = decision.marking.marks;
        return Head::Tunnel { len, edited, marks };
    }
    let body = Body::new(framing, (editor, closes), decision.marking);
    Head::Final { len, edited, body }
}

fn send_head(
    mut head: Chunk,
    edited: Option<Bytes>,
    marks: Option<Arc<Marks>>,
    out: &mut Outlet<'_>,
) {
    match edited {
        Some(bytes) => {
            out.swallow(head);
            out.insert(bytes, marks);
        }
        None => {
            head.marks = marks;
            out.send(head);
        }
    }
}

fn put_back(rest: Chunk, out: &mut Outlet<'_>) {
    if !rest.bytes.is_empty() {
        out.put_back(rest);
    }
}

impl Toxic for Answers {
    type Memory = Answering;

    fn is_interceptor(&self) -> bool {
        true
    }

    fn on_data(&self, answering: &mut Answering, chunk: Chunk, out: &mut Outlet<'_>) {
        if let Some(http2) = &mut answering.http2 {
            return http2.on_data(&self.rules, chunk, out);
        }
        match answering.body.is_some() {
            true => self.body(answering, 0, chunk, out),
            false => self.head(answering, chunk, out),
        }
    }

    fn on_note(&self, answering: &mut Answering, note: Note, out: &mut Outlet<'_>) {
        let told = match note.open::<FromRequests>() {
            Ok(told) => told,
            Err(note) => return answering.hear_http2(&self.rules, note, out),
        };
        if answering.ended {
            return;
        }
        match told {
            FromRequests::Http2 => return answering.speaks_http2(out),
            FromRequests::Expect(expected) if answering.http2.is_some() => {
                return answering.speaks_http1(&expected, out);
            }
            FromRequests::Expect(expected) => answering.queue.push_back(expected),
            FromRequests::ClientEnded => answering.client_ended = true,
            FromRequests::Unreachable(unreachable) => {
                answering.unreachable = Some(unreachable);
                if answering.http2.is_some() {
                    return answering.close(out);
                }
            }
        }
        answering.give(&self.rules, out);
    }

    fn on_sent(&self, answering: &mut Answering, out: &mut Outlet<'_>) {
        answering.left(out);
    }

    fn on_timer(&self, answering: &mut Answering, out: &mut Outlet<'_>) {
        if let Some(http2) = &mut answering.http2 {
            http2.on_timer(out);
        }
    }

    fn on_revise(&self, answering: &mut Answering, out: &mut Outlet<'_>) {
        if let Some(http2) = &mut answering.http2 {
            http2.on_revise(&self.rules, out);
        }
    }

    fn on_end(&self, answering: &mut Answering, ending: Ending, out: &mut Outlet<'_>) {
        if let Some(http2) = &mut answering.http2 {
            return http2.on_end(ending, out);
        }
        if !answering.ended {
            answering.ended = true;
            if let Some(body) = answering.body.take().filter(|_| ending == Ending::Eof) {
                body.finish(out);
            }
            // No further answer comes from the upstream, and none of ours can follow a missing one.
            answering.queue.clear();
            out.tell(Note::new(FromAnswers::Closing));
        }
        out.end(ending);
    }

    fn owes(&self, answering: &Answering) -> bool {
        let edits = answering.body.as_ref().is_some_and(|body| body.edits());
        let http2 = answering.http2.as_ref();
        edits || answering.owes() || http2.is_some_and(|http2| http2.is_touched())
    }
}
