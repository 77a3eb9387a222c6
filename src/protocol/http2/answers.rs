//! The half that sees what the upstream sends, and gives answers in its place.

mod data;
mod decide;
mod hear;
mod release;
mod stream;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::stream::{Item, Stream, What};
use super::closed::Closed;
use super::codec::{Block, Codec};
use super::frame::{FrameHead, Front, HEAD, code, flag, front, kind};
use super::known::Known;
use super::notes::ToRequests;
use super::settings::Settings;
use super::window::Windows;
use crate::engine::{Chunk, Ending, Note, Outlet};
use crate::protocol::http::Rules;

/// The most streams whose answers are decided about at once.
const MOST_STREAMS: usize = 1000;
/// The most bytes of DATA that wait here. Of a stream that is delayed, what is more leaves early:
/// otherwise the connection would have to stop, and with it every other stream.
const MOST_HELD: i64 = 4 * 1024 * 1024;
/// The most bytes of DATA that may wait for room in the client's window. The upstream may send as much
/// as DATA of ours has taken from it; a client gives windows back long before so much is sent.
const MOST_STUCK: i64 = 8 * 1024 * 1024;
/// The largest padded DATA frame that can wait: it is kept together until it is whole.
const MOST_PADDED: usize = 64 * 1024;

/// What is known of what the upstream sends, and of what is to be sent in its place.
#[derive(Debug, Default)]
pub struct Answers {
    phase: Phase,
    /// The upstream's SETTINGS have passed, which are to come before everything else (RFC 9113,
    /// section 3.4).
    has_begun: bool,
    known: Known,
    codec: Codec,
    windows: Windows,
    current: Option<Current>,
    /// The streams whose answers are not complete.
    streams: BTreeMap<u32, Stream>,
    /// Those of them that have something to send.
    waiting: BTreeSet<u32>,
    /// Streams on which the upstream's frames are dropped.
    dropped: Closed,
    /// The last stream that the client has opened.
    last: u32,
    /// Frames for the client that wait for the end of the current one.
    pending: Vec<u8>,
    /// The upstream's end, behind what still waits.
    ending: Option<Ending>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
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
    route: Route,
}

#[derive(Clone, Copy, Debug)]
enum Route {
    Pass,
    Drop,
    /// Each part that arrives waits as a frame of its own on this stream; the last one may end it.
    Wait {
        stream: u32,
        ends: bool,
    },
}

impl Answers {
    /// Bytes have come from the upstream.
    pub fn on_data(&mut self, rules: &Arc<Rules>, mut chunk: Chunk, out: &mut Outlet<'_>) {
        while !chunk.bytes.is_empty() {
            match self.phase {
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
        if self.current.is_some() {
            self.go_on(chunk, out);
            return None;
        }
        match front(&chunk.bytes) {
            Front::Partial => return Some(chunk.split_to(usize::MAX)),
            Front::Refused(code) => self.refuse(rules, code, out),
            Front::Streaming(head) if head.kind == kind::DATA => {
                return self.data(rules, head, chunk, out);
            }
            Front::Streaming(head) => {
                out.send(chunk.split_to(HEAD));
                self.enter(head.length, Route::Pass);
            }
            Front::Whole(head, size) => {
                let unit = chunk.split_to(size);
                self.whole(rules, head, unit, out);
            }
        }
        None
    }

    fn enter(&mut self, left: usize, route: Route) {
        self.current = (left > 0).then_some(Current { left, route });
    }

    /// Takes a part of the current frame's payload.
    fn go_on(&mut self, chunk: &mut Chunk, out: &mut Outlet<'_>) {
        let Some(current) = &mut self.current else {
            return;
        };
        let part = chunk.split_to(current.left);
        current.left -= part.bytes.len();
        let (route, is_done) = (current.route, current.left == 0);
        if is_done {
            self.current = None;
        }
        match route {
            Route::Pass => out.send(part),
            Route::Drop => out.swallow(part),
            Route::Wait { stream, ends } => {
                let payload = part.bytes.clone();
                out.swallow(part);
                self.wait(stream, What::data(payload, ends && is_done), out);
            }
        }
        if is_done {
            self.release(out);
        }
    }

    fn whole(&mut self, rules: &Arc<Rules>, head: FrameHead, unit: Chunk, out: &mut Outlet<'_>) {
        let stream = head.stream;
        match head.kind {
            kind::HEADERS | kind::PUSH_PROMISE => match self.codec.decode(head, &unit.bytes) {
                Ok(block) if head.kind == kind::HEADERS => self.block(rules, block, unit, out),
                Ok(block) => self.promise(&block, unit, out),
                Err(code) => {
                    self.refuse(rules, code, out);
                    match self.phase {
                        Phase::Over => out.swallow(unit),
                        _ => out.send(unit),
                    }
                }
            },
            _ if self.dropped.contains(stream) => {
                if head.kind == kind::RST_STREAM {
                    self.dropped.remove(stream);
                }
                out.swallow(unit);
            }
            kind::RST_STREAM => {
                if self.streams.get(&stream).is_some_and(Stream::holds_back) {
                    let frame = unit.bytes.clone();
                    out.swallow(unit);
                    return self.wait(stream, What::Frame(frame), out);
                }
                self.streams.remove(&stream);
                out.send(unit);
            }
            kind::SETTINGS => {
                match (head.has(flag::ACK), Settings::of(&unit.bytes).table) {
                    (true, _) => self.windows.acknowledged(),
                    (false, Some(size)) => tell(out, ToRequests::TableSize(size)),
                    (false, None) => {}
                }
                out.send(unit);
                if !std::mem::replace(&mut self.has_begun, true) {
                    self.release(out);
                }
            }
            _ => out.send(unit),
        }
    }

    /// A promise of a stream that nobody asked for. It is never delayed. One that belongs to a stream
    /// that was taken from the upstream is refused.
    fn promise(&mut self, block: &Block, unit: Chunk, out: &mut Outlet<'_>) {
        if !self.dropped.contains(block.head.stream) {
            return self.codec.pass(unit, block, false, out);
        }
        let promised = block.before.first_chunk().copied();
        let promised = promised.map_or(0, u32::from_be_bytes) & 0x7fff_ffff;
        self.codec.diverge();
        out.swallow(unit);
        self.dropped.insert(promised);
        tell(out, ToRequests::Abandon(promised));
    }

    /// The upstream has ended its side.
    pub fn on_end(&mut self, ending: Ending, out: &mut Outlet<'_>) {
        // Nothing can follow half a frame.
        if self.is_passing() || !self.has_begun {
            self.waiting.clear();
            self.pending.clear();
        }
        self.has_begun = true;
        self.current = None;
        self.ending = Some(ending);
        self.release(out);
    }

    /// The requested time has come.
    pub fn on_timer(&mut self, out: &mut Outlet<'_>) {
        self.release(out);
    }

    /// The rules have changed. Streams are no longer subject to toxics that are gone.
    pub fn on_revise(&mut self, rules: &Arc<Rules>, out: &mut Outlet<'_>) {
        let (now, known) = (out.event_time(), self.known.of(rules));
        for (id, stream) in &mut self.streams {
            if stream.let_go(&known, now) {
                self.waiting.insert(*id);
            }
        }
        self.release(out);
    }
}

fn tell(out: &mut Outlet<'_>, note: ToRequests) {
    out.tell(Note::new(note));
}
