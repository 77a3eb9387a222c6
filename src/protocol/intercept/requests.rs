//! The requests half: reads the heads of requests, asks the rules about each, and forwards or swallows it.

use std::sync::Arc;

use bytes::Bytes;

use super::asking::{Asking, Body, State, Then};
use super::head::{Asked, edited};
use super::notes::{Expected, FromAnswers, FromRequests};
use super::view::Protocol;
use crate::engine::{Chunk, Ending, Note, Outlet, StreamPosition, Toxic, UpstreamUnreachable};
use crate::protocol::http::{Answer, Decision, Place, Rules, Skip};
use crate::protocol::http1::{BodyFraming, BodyReader, FieldSpace, Parsed, Refusal, request_head};

/// The requests half.
#[derive(Debug)]
pub(super) struct Requests {
    rules: Arc<Rules>,
}

impl Requests {
    pub(super) fn new(rules: Arc<Rules>) -> Self {
        Requests { rules }
    }

    /// A chunk on a connection that a rule came to when it was open. Only a chunk that begins with a
    /// complete head can be the start of a request: nothing is held back, because what looks like half a
    /// head may be the middle of an upload.
    fn unsynced(&self, asking: &mut Asking, chunk: Chunk, out: &mut Outlet<'_>) {
        let may_begin = matches!(asking.state, State::Unsynced { may_begin: true });
        if may_begin && begins_request(&chunk.bytes) {
            asking.state = State::Head;
            asking.joins = true;
            return self.head(asking, chunk, out);
        }
        asking.state = State::Unsynced { may_begin: false };
        asking.count(Skip::Unsynced, &self.rules, out);
        asking.show(Protocol::Unsynced, out);
        out.send(chunk);
    }

    fn head(&self, asking: &mut Asking, chunk: Chunk, out: &mut Outlet<'_>) {
        if asking.closing {
            return out.send(chunk);
        }
        let bytes = chunk.bytes.clone();
        let mut space = FieldSpace::new();
        match asking.reader.request(&bytes, &mut space) {
            Parsed::Partial => {
                // A joined chunk grows in place only if nobody else holds its bytes.
                drop(bytes);
                out.gather(chunk);
            }
            // The place where HTTP/2 with prior knowledge is recognised.
            Parsed::Refused(Refusal::Http2) if asking.number == 0 => {
                asking.begin_http2(&self.rules, chunk, out);
            }
            Parsed::Refused(refusal) => {
                asking.step_aside(Protocol::Opaque(refusal), &self.rules, out);
                out.send(chunk);
            }
            Parsed::Complete(_) if asking.is_full() => out.wait_for_note(chunk),
            Parsed::Complete(request) => {
                let place = Place {
                    identity: out.identity(),
                    exchange: asking.number + 1,
                    now: out.event_time(),
                };
                let decision = self.rules.decide(&request.head, &place);
                let asked = Asked::of(&request);
                asking.number += 1;
                asking.show(Protocol::Http1, out);
                match decision.answer.clone() {
                    Some(answer) => self.answer(asking, (asked, decision, &answer), chunk, out),
                    None => self.forward(asking, (asked, decision), chunk, out),
                }
            }
        }
    }

    /// Answers a request in place of the upstream.
    fn answer(
        &self,
        asking: &mut Asking,
        (asked, decision, answer): (Asked, Decision, &Answer),
        mut chunk: Chunk,
        out: &mut Outlet<'_>,
    ) {
        let given = asked.form.given(answer, decision.marking);
        asking.joins = false;
        asking.held += given.bytes.len();
        asking.outstanding += 1;
        asking.state = match given.closes {
            true => State::Drain,
            false => after(asked.framing, true, Then::Head),
        };
        let expected = Expected::Given(Box::new(given));
        out.swallow(chunk.split_to(asked.len));
        out.tell_or_cut(Note::new(FromRequests::Expect(expected)));
        if !chunk.bytes.is_empty() {
            out.put_back(chunk);
        }
    }

    /// Sends a request on, and with its head as much of its body as has come.
    fn forward(
        &self,
        asking: &mut Asking,
        (asked, decision): (Asked, Decision),
        mut chunk: Chunk,
        out: &mut Outlet<'_>,
    ) {
        let then = match asked.settles {
            true => Then::Settling,
            false => Then::Head,
        };
        let edited = edited(&chunk.bytes.slice(..asked.len), &decision);
        let joins = std::mem::take(&mut asking.joins);
        let forwarded = asked.forwarded(asking.number, joins, decision);
        asking.expect(Expected::Forwarded(Box::new(forwarded)), out);
        asking.state = after(asked.framing, false, then);
        match edited {
            Some(head) => {
                out.swallow(chunk.split_to(asked.len));
                out.insert(head, None);
                if !chunk.bytes.is_empty() {
                    out.put_back(chunk);
                }
            }
            None => self.body(asking, asked.len, chunk, out),
        }
    }

    /// Handles the part of a chunk that belongs to the current request; its body begins at `from`.
    fn body(&self, asking: &mut Asking, from: usize, mut chunk: Chunk, out: &mut Outlet<'_>) {
        let mut len = from;
        let mut swallowed = false;
        if let State::Body(body) = &mut asking.state {
            swallowed = body.swallowed;
            let then = body.then;
            match body
                .reader
                .advance(chunk.bytes.get(from..).unwrap_or_default())
            {
                Ok(span) => {
                    len += span.len;
                    if span.done {
                        asking.state = asking.behind(then);
                    }
                }
                Err(refusal) => return self.lose_track(asking, refusal, chunk, out),
            }
        }
        let part = chunk.split_to(len);
        match swallowed {
            true => out.swallow(part),
            false => out.send(part),
        }
        if !chunk.bytes.is_empty() {
            out.put_back(chunk);
        }
    }

    /// Where the body of a request ends cannot be told.
    fn lose_track(
        &self,
        asking: &mut Asking,
        refusal: Refusal,
        chunk: Chunk,
        out: &mut Outlet<'_>,
    ) {
        if matches!(&asking.state, State::Body(body) if body.swallowed) {
            // Nothing that follows can be passed on, as the upstream has not seen the request.
            asking.state = State::Drain;
            out.swallow(chunk);
            return out.tell(Note::new(FromRequests::Expect(Expected::Close)));
        }
        asking.step_aside(Protocol::Opaque(refusal), &self.rules, out);
        out.send(chunk);
    }

    fn hear(&self, asking: &mut Asking, told: FromAnswers, out: &mut Outlet<'_>) {
        match told {
            // The filter of frames hears all that concerns it in notes of its own.
            _ if matches!(asking.state, State::Http2(_)) => {}
            FromAnswers::Done { exchanges, held } => {
                asking.outstanding = asking.outstanding.saturating_sub(exchanges);
                asking.held = asking.held.saturating_sub(held);
                if matches!(asking.state, State::Settling) {
                    asking.state = asking.behind(Then::Settling);
                }
            }
            FromAnswers::Unasked => match &mut asking.state {
                State::Unsynced { may_begin } => *may_begin = true,
                State::Raw | State::Drain => {}
                _ if asking.closing => {}
                _ => asking.step_aside(Protocol::Unasked, &self.rules, out),
            },
            FromAnswers::Raw(protocol) => asking.pass_all(protocol, &self.rules, out),
            FromAnswers::NotJoined => {
                asking.outstanding = 0;
                asking.pass_all(Protocol::Unsynced, &self.rules, out);
                if matches!(asking.state, State::Raw) {
                    asking.state = State::default();
                }
            }
            FromAnswers::Closing => {
                asking.closing = true;
                if matches!(asking.state, State::Settling) {
                    asking.state = State::Raw;
                }
            }
        }
    }
}

/// Whether a complete head of a request is at the start of the bytes.
fn begins_request(bytes: &Bytes) -> bool {
    let mut space = FieldSpace::new();
    matches!(request_head(bytes, &mut space), Parsed::Complete(_))
}

/// The state behind the head of a request.
fn after(framing: BodyFraming, swallowed: bool, then: Then) -> State {
    let reader = BodyReader::new(framing);
    match reader.is_done() {
        true => then.into(),
        false => State::Body(Body {
            reader,
            swallowed,
            then,
        }),
    }
}

impl Toxic for Requests {
    type Memory = Asking;

    fn is_interceptor(&self) -> bool {
        true
    }

    fn on_attach(&self, asking: &mut Asking, out: &mut Outlet<'_>) {
        asking.state = match out.position() {
            StreamPosition::Start => State::Head,
            StreamPosition::TurnStart => State::Unsynced { may_begin: true },
            StreamPosition::Within => State::Unsynced { may_begin: false },
        };
    }

    fn on_data(&self, asking: &mut Asking, chunk: Chunk, out: &mut Outlet<'_>) {
        match &asking.state {
            State::Unsynced { .. } => self.unsynced(asking, chunk, out),
            State::Head => self.head(asking, chunk, out),
            State::Body(_) => self.body(asking, 0, chunk, out),
            State::Settling => out.wait_for_note(chunk),
            State::Drain => out.swallow(chunk),
            State::Raw => out.send(chunk),
            State::Http2(_) => asking.http2(&self.rules, chunk, out),
        }
    }

    fn on_note(&self, asking: &mut Asking, note: Note, out: &mut Outlet<'_>) {
        match note.open::<FromAnswers>() {
            Ok(told) => self.hear(asking, told, out),
            Err(note) => match note.open::<UpstreamUnreachable>() {
                Ok(unreachable) => {
                    let told = FromRequests::Unreachable(Arc::new(unreachable));
                    out.tell(Note::new(told));
                }
                Err(note) => asking.hear_http2(note, out),
            },
        }
    }

    fn on_end(&self, _: &mut Asking, ending: Ending, out: &mut Outlet<'_>) {
        out.tell(Note::new(FromRequests::ClientEnded));
        out.end(ending);
    }

    fn owes(&self, asking: &Asking) -> bool {
        match &asking.state {
            State::Body(body) => body.swallowed,
            State::Drain => true,
            State::Http2(http2) => http2.is_touched(),
            State::Unsynced { .. } | State::Head | State::Settling | State::Raw => false,
        }
    }
}
