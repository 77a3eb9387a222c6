//! What rules do to answers: the upstream's, and those that are given in its place.

use std::sync::Arc;

use bytes::Bytes;

use super::{Answers, Block, Chunk, FrameHead, Item, MOST_STREAMS, Outlet, Rules, Stream, What};
use super::{code, flag, kind, tell};
use crate::engine::Moment;
use crate::protocol::http::{AnswerDecision, Place, ResponseHead};
use crate::protocol::http2::fault::{StreamEnd, StreamFault};
use crate::protocol::http2::frame::rst_stream;
use crate::protocol::http2::given::{given, has_body};
use crate::protocol::http2::head;
use crate::protocol::http2::hpack::Field;
use crate::protocol::http2::notes::{Request, ToRequests};

/// Fields that describe a body and not the one that takes its place.
const OF_BODY: [&[u8]; 6] = [
    b"content-encoding",
    b"content-range",
    b"digest",
    b"etag",
    b"repr-digest",
    b"trailer",
];

impl Answers {
    /// A request has come.
    pub(super) fn request(&mut self, rules: &Arc<Rules>, request: Request, out: &mut Outlet<'_>) {
        let id = request.stream;
        self.last = id;
        let mut decision = request.decision;
        let answer = decision.answer.take();
        if self.streams.len() >= MOST_STREAMS {
            if answer.is_some() {
                // It has not been sent anywhere, so the client may try again.
                self.pending.extend(rst_stream(id, code::REFUSED_STREAM));
            }
            return;
        }
        let now = out.event_time();
        let mut stream = Stream {
            exchange: request.exchange,
            asked: request.asked,
            request_has_ended: request.has_ended,
            is_ours: answer.is_some(),
            is_unknown: answer.is_some(),
            ..Stream::default()
        };
        match answer {
            None => stream.decision = Some(decision),
            Some(answer) => {
                let place = Place {
                    identity: out.identity(),
                    exchange: request.exchange,
                    now,
                };
                let rules = self.known.of(rules);
                let marks = decision.marking.marks.as_ref();
                stream.fault = StreamFault::of(marks, &rules, &place);
                stream.give(id, given(&answer, request.asked), now);
                self.waiting.insert(id);
            }
        }
        self.streams.insert(id, stream);
    }

    /// A header block has come: the head of an answer, or trailers.
    pub(super) fn block(
        &mut self,
        rules: &Arc<Rules>,
        mut block: Block,
        unit: Chunk,
        out: &mut Outlet<'_>,
    ) {
        let (id, ends) = (block.head.stream, block.head.has(flag::END_STREAM));
        if self.dropped.contains(id) {
            if ends {
                self.dropped.remove(id);
            }
            self.codec.diverge();
            return out.swallow(unit);
        }
        let Some(stream) = self.streams.get_mut(&id) else {
            return self.codec.pass(unit, &block, false, out);
        };
        let mut is_changed = false;
        let status = head::status(&block.fields).filter(|status| *status >= 200);
        if let Some(status) = status
            && let Some(decision) = stream.decision.take()
            && let Some(fields) = head::plain(&block.fields)
        {
            let place = Place {
                identity: out.identity(),
                exchange: stream.exchange,
                now: out.event_time(),
            };
            let rules = self.known.of(rules);
            let response = ResponseHead {
                status,
                fields: &fields,
            };
            let decided = rules.decide_answer(&decision, &response, &place);
            stream.fault = StreamFault::of(decided.marking.marks.as_ref(), &rules, &place);
            let body = new_body(&decided, status);
            is_changed = edit(&mut block.fields, &decided, body.is_some());
            if stream.fault.end.is_some() || body.is_some() {
                return self.take_over((block, body), unit, place.now, out);
            }
        }
        if stream.holds_back() {
            self.codec.diverge();
            out.swallow(unit);
            return self.wait(id, What::Block(block), out);
        }
        self.codec.pass(unit, &block, is_changed, out);
        if ends {
            self.streams.remove(&id);
        }
    }

    /// From here on the client does not get the upstream's answer: it gets another body, a reset, or
    /// nothing.
    fn take_over(
        &mut self,
        (mut block, body): (Block, Option<Bytes>),
        unit: Chunk,
        now: Moment,
        out: &mut Outlet<'_>,
    ) {
        let (id, ends) = (block.head.stream, block.head.has(flag::END_STREAM));
        out.swallow(unit);
        self.codec.diverge();
        if !ends {
            self.dropped.insert(id);
        }
        let Some(stream) = self.streams.get_mut(&id) else {
            return;
        };
        stream.is_ours = true;
        let is_over = ends && stream.request_has_ended;
        if stream.fault.end.is_none() && !is_over {
            tell(out, ToRequests::Abandon(id));
        }
        let body = body.unwrap_or_default();
        let edited = std::mem::take(&mut block.fields);
        stream.give(id, Some(replaced(edited, body, stream.asked.is_head)), now);
        self.waiting.insert(id);
        self.release(out);
    }
}

impl Stream {
    /// Puts an answer of ours on the stream, or what its fault sends instead. `None`: an answer that
    /// HTTP/2 cannot express.
    fn give(&mut self, id: u32, answer: Option<(Vec<Field>, Bytes)>, now: Moment) {
        let due = now + self.fault.delay;
        let mut put = |due, what| self.items.push_back(Item { due, what });
        match (self.fault.end, answer) {
            (Some(StreamEnd::Silence(None)), _) => {}
            (Some(StreamEnd::Silence(Some(time))), _) => put(due + time, What::Reset(code::CANCEL)),
            (Some(StreamEnd::Reset(after)), _) => {
                put(due + after, What::Reset(code::INTERNAL_ERROR));
            }
            (None, None) => put(due, What::Reset(code::INTERNAL_ERROR)),
            (None, Some((fields, payload))) => {
                let ends = payload.is_empty();
                let head = FrameHead {
                    length: 0,
                    kind: kind::HEADERS,
                    flags: if ends { flag::END_STREAM } else { 0 },
                    stream: id,
                };
                let before = Vec::new();
                put(
                    due,
                    What::Block(Block {
                        head,
                        before,
                        fields,
                    }),
                );
                if !ends {
                    let (ends, is_ours) = (true, true);
                    put(
                        due,
                        What::Data {
                            payload,
                            ends,
                            is_ours,
                        },
                    );
                }
            }
        }
    }
}

/// Changes the head of an answer. Returns whether there was anything to change.
fn edit(fields: &mut Vec<Field>, decided: &AnswerDecision, replaces: bool) -> bool {
    if let Some(status) = decided.status {
        head::set_status(fields, status);
    }
    if replaces {
        fields.retain(|field| !OF_BODY.contains(&field.name.as_slice()));
    }
    head::edit(fields, &decided.fields);
    decided.status.is_some() || replaces || !decided.fields.is_empty()
}

/// What takes the place of the upstream's body. `None`: nothing does. A status that can have no body
/// removes it, and one that has a body in place of one that has none gets at least an empty one.
fn new_body(decided: &AnswerDecision, status: u16) -> Option<Bytes> {
    let given = decided.body.as_ref().and_then(|plan| plan.replace.clone());
    let now = decided.status.unwrap_or(status);
    match (has_body(status), has_body(now)) {
        (true, true) => given,
        (false, true) => Some(given.unwrap_or_default()),
        (true, false) => Some(Bytes::new()),
        (false, false) => None,
    }
}

/// The fields and the body of an answer whose body is replaced.
fn replaced(mut fields: Vec<Field>, body: Bytes, is_head: bool) -> (Vec<Field>, Bytes) {
    if !head::status(&fields).is_none_or(has_body) {
        fields.retain(|field| field.name != b"content-length");
        return (fields, Bytes::new());
    }
    head::set(&mut fields, "content-length", &body.len().to_string());
    match is_head {
        true => (fields, Bytes::new()),
        false => (fields, body),
    }
}
