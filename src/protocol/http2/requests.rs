//! The half that sees what the client sends.

mod hear;

use std::sync::Arc;

use super::closed::Closed;
use super::codec::{Block, Codec};
use super::frame::{FrameHead, Front, HEAD, PREFACE, code, flag, front, kind, window_update};
use super::given::Asked;
use super::head;
use super::known::{Known, count_unknown};
use super::notes::{Request, ToAnswers};
use super::settings::Settings;
use crate::engine::{Chunk, Note, Outlet};
use crate::protocol::http::{Place, Rules};

/// What is known of what the client sends.
#[derive(Debug, Default)]
pub struct Requests {
    phase: Phase,
    known: Known,
    codec: Codec,
    current: Option<Current>,
    /// The last stream that the client has opened.
    last: u32,
    /// How many streams it has opened.
    opened: u64,
    /// Streams that the upstream does not know, or that were cancelled there.
    swallowed: Closed,
    /// Bytes by which the client's next WINDOW_UPDATEs for the connection are reduced.
    withhold: usize,
    /// Frames for the upstream that wait for the end of the current one.
    pending: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Preface,
    Frames,
    /// Everything passes untouched.
    Opaque,
    /// The connection is being ended.
    Over,
}

/// A frame whose payload is on its way.
#[derive(Debug)]
struct Current {
    left: usize,
    is_swallowed: bool,
}

impl Requests {
    /// How many streams the client has opened.
    pub fn opened(&self) -> u64 {
        self.opened
    }

    /// Bytes have come from the client. The first ones are its preface.
    pub fn on_data(&mut self, rules: &Arc<Rules>, mut chunk: Chunk, out: &mut Outlet<'_>) {
        while !chunk.bytes.is_empty() {
            match self.phase {
                Phase::Preface if PREFACE.starts_with(&chunk.bytes) && chunk.bytes != PREFACE => {
                    return out.gather(chunk);
                }
                Phase::Preface if chunk.bytes.starts_with(PREFACE) => {
                    count_unknown(rules, out.identity());
                    out.send(chunk.split_to(PREFACE.len()));
                    self.phase = Phase::Frames;
                }
                Phase::Preface => self.refuse(rules, code::PROTOCOL_ERROR, out),
                Phase::Opaque => return out.send(chunk),
                Phase::Over => return out.swallow(chunk),
                Phase::Frames => {
                    if let Some(rest) = self.frame(rules, &mut chunk, out) {
                        return out.gather(rest);
                    }
                }
            }
        }
    }

    /// Takes one frame, or a part of one. Returns what is too short to be one.
    fn frame(
        &mut self,
        rules: &Arc<Rules>,
        chunk: &mut Chunk,
        out: &mut Outlet<'_>,
    ) -> Option<Chunk> {
        if let Some(current) = &mut self.current {
            let part = chunk.split_to(current.left);
            current.left -= part.bytes.len();
            let is_done = current.left == 0;
            match current.is_swallowed {
                true => out.swallow(part),
                false => out.send(part),
            }
            if is_done {
                self.current = None;
                self.send_pending(out);
            }
            return None;
        }
        match front(&chunk.bytes) {
            Front::Partial => return Some(chunk.split_to(usize::MAX)),
            Front::Refused(code) => self.refuse(rules, code, out),
            Front::Streaming(head) => self.stream(head, chunk.split_to(HEAD), out),
            Front::Whole(head, size) => {
                let unit = chunk.split_to(size);
                self.whole(rules, head, unit, out);
            }
        }
        None
    }

    /// The head of a frame whose payload may be on its way.
    fn stream(&mut self, head: FrameHead, unit: Chunk, out: &mut Outlet<'_>) {
        let is_data = head.kind == kind::DATA;
        let is_swallowed = is_data && self.swallowed.contains(head.stream);
        if is_swallowed && head.length > 0 {
            // The whole payload counts, with its padding (RFC 9113, section 6.9.1).
            let size = u32::try_from(head.length).unwrap_or(u32::MAX);
            tell(out, ToAnswers::Swallowed(size));
        }
        if is_data && head.has(flag::END_STREAM) {
            tell(out, ToAnswers::Ended(head.stream));
        }
        match is_swallowed {
            true => out.swallow(unit),
            false => out.send(unit),
        }
        self.current = (head.length > 0).then_some(Current {
            left: head.length,
            is_swallowed,
        });
    }

    fn whole(&mut self, rules: &Arc<Rules>, head: FrameHead, unit: Chunk, out: &mut Outlet<'_>) {
        match head.kind {
            kind::HEADERS => match self.codec.decode(head, &unit.bytes) {
                Ok(block) => self.block(rules, block, unit, out),
                Err(code) => {
                    self.refuse(rules, code, out);
                    self.leave(unit, out);
                }
            },
            // Clients send none (RFC 9113, section 8.4).
            kind::PUSH_PROMISE => {
                self.refuse(rules, code::PROTOCOL_ERROR, out);
                self.leave(unit, out);
            }
            kind::WINDOW_UPDATE => self.window_update(head, unit, out),
            kind::RST_STREAM => {
                tell(out, ToAnswers::Cancelled(head.stream));
                match self.swallowed.contains(head.stream) {
                    true => out.swallow(unit),
                    false => out.send(unit),
                }
                self.swallowed.remove(head.stream);
            }
            _ => {
                if !head.has(flag::ACK) {
                    let Settings { table, window } = Settings::of(&unit.bytes);
                    tell(out, ToAnswers::Settings { table, window });
                }
                out.send(unit);
            }
        }
    }

    fn block(&mut self, rules: &Arc<Rules>, block: Block, unit: Chunk, out: &mut Outlet<'_>) {
        let (stream, ends) = (block.head.stream, block.head.has(flag::END_STREAM));
        let is_new = stream > self.last && stream % 2 == 1;
        if is_new {
            self.last = stream;
            self.opened += 1;
            return self.request(rules, block, unit, out);
        }
        if ends {
            tell(out, ToAnswers::Ended(stream));
        }
        if self.swallowed.contains(stream) {
            self.codec.diverge();
            return out.swallow(unit);
        }
        self.codec.pass(unit, &block, false, out);
    }

    fn request(&mut self, rules: &Arc<Rules>, mut block: Block, unit: Chunk, out: &mut Outlet<'_>) {
        let rules = self.known.of(rules);
        let place = Place {
            identity: out.identity(),
            exchange: self.opened,
            now: out.event_time(),
        };
        let decided = head::request(&block.fields, |request| {
            let is_head = request.method == "HEAD";
            (rules.decide(request, &place), is_head)
        });
        let Some((decision, is_head)) = decided else {
            return self.codec.pass(unit, &block, false, out);
        };
        let is_answered = decision.answer.is_some();
        let edits = decision.request_fields.clone();
        let request = Request {
            stream: block.head.stream,
            exchange: self.opened,
            has_ended: block.head.has(flag::END_STREAM),
            asked: Asked {
                is_head,
                is_grpc: head::is_grpc(&block.fields),
            },
            decision,
        };
        let note = Note::new(ToAnswers::Request(Box::new(request)));
        if is_answered {
            self.swallowed.insert(block.head.stream);
            self.codec.diverge();
            out.swallow(unit);
            return out.tell_or_cut(note);
        }
        out.tell(note);
        head::edit(&mut block.fields, &edits);
        self.codec.pass(unit, &block, !edits.is_empty(), out);
    }

    fn window_update(&mut self, head: FrameHead, unit: Chunk, out: &mut Outlet<'_>) {
        let stream = head.stream;
        let payload = unit.bytes.get(HEAD..).unwrap_or_default();
        let increment = payload.first_chunk().copied().map_or(0, u32::from_be_bytes) & 0x7fff_ffff;
        if head.length == 4 && increment > 0 {
            tell(out, ToAnswers::Window { stream, increment });
        }
        if stream != 0 {
            return match self.swallowed.contains(stream) {
                true => out.swallow(unit),
                false => out.send(unit),
            };
        }
        let withheld = self.withhold(usize::try_from(increment).unwrap_or(usize::MAX));
        let rest = increment.saturating_sub(u32::try_from(withheld).unwrap_or(u32::MAX));
        if rest > 0 {
            tell(out, ToAnswers::ToldUpstream(rest));
        }
        if withheld == 0 {
            return out.send(unit);
        }
        out.swallow(unit);
        if rest > 0 {
            out.insert(window_update(0, rest).into(), None);
        }
    }

    /// Takes up to `size` bytes from what is still to be withheld from the upstream.
    fn withhold(&mut self, size: usize) -> usize {
        let part = self.withhold.min(size);
        self.withhold -= part;
        part
    }
}

fn tell(out: &mut Outlet<'_>, note: ToAnswers) {
    out.tell(Note::new(note));
}
