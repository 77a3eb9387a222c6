//! What waits on streams, and when it leaves.

use super::{Answers, Item, MOST_HELD, MOST_STUCK, Phase, Route, What, tell};
use crate::engine::{Moment, Outlet};
use crate::protocol::http2::frame::{FrameHead, HEAD, code, flag, kind, rst_stream};
use crate::protocol::http2::notes::ToRequests;

/// The largest payload of DATA that every client takes.
const PAYLOAD: usize = 16 * 1024;

impl Answers {
    /// Puts something behind what waits on a stream.
    pub(super) fn wait(&mut self, stream: u32, what: What, out: &mut Outlet<'_>) {
        let now = out.event_time();
        let Some(waiting) = self.streams.get_mut(&stream) else {
            return;
        };
        let due = waiting.due(now);
        waiting.items.push_back(Item { due, what });
        if self.windows.held() > MOST_HELD {
            waiting.hurry(now);
        }
        self.waiting.insert(stream);
        self.release(out);
        if self.windows.held() > MOST_STUCK {
            self.give_up(code::INTERNAL_ERROR, out);
        }
    }

    /// Sends what is due, unless the client is in the middle of a frame.
    pub(super) fn release(&mut self, out: &mut Outlet<'_>) {
        if self.phase != Phase::Frames || !self.has_begun || self.is_passing() {
            return;
        }
        out.insert(std::mem::take(&mut self.pending).into(), None);
        let now = out.event_time();
        let waiting: Vec<u32> = self.waiting.iter().copied().collect();
        for stream in waiting {
            while self.release_one(stream, now, out) {}
        }
        let dues = self.waiting.iter().filter_map(|stream| {
            let item = self.streams.get(stream)?.items.front()?;
            Some(item.due).filter(|due| *due > now)
        });
        match dues.min() {
            Some(due) => out.set_timer(due),
            None => out.clear_timer(),
        }
        if self.waiting.is_empty()
            && let Some(ending) = self.ending.take()
        {
            out.end(ending);
        }
    }

    /// Whether a frame is passing whose payload is not complete.
    pub(super) fn is_passing(&self) -> bool {
        let current = self.current.as_ref();
        current.is_some_and(|current| matches!(current.route, Route::Pass))
    }

    /// The stream on which a frame waits of which more is to come, and whether the frame ends it.
    pub(super) fn arrives_on(&self) -> Option<(u32, bool)> {
        match self.current.as_ref()?.route {
            Route::Wait { stream, ends } => Some((stream, ends)),
            Route::Pass | Route::Drop => None,
        }
    }

    /// Sends the first thing that waits on a stream, or a part of it. Returns whether it could.
    fn release_one(&mut self, id: u32, now: Moment, out: &mut Outlet<'_>) -> bool {
        let Some(stream) = self.streams.get_mut(&id) else {
            self.waiting.remove(&id);
            return false;
        };
        let Some(Item { due, what }) = stream.items.pop_front() else {
            self.waiting.remove(&id);
            if !stream.is_followed() && self.arrives_on().is_none_or(|(on, _)| on != id) {
                self.streams.remove(&id);
            }
            return false;
        };
        if due > now {
            stream.items.push_front(Item { due, what });
            return false;
        }
        let is_last = match what {
            What::Block(block) => {
                out.insert(self.codec.encode(&block).into(), None);
                block.head.has(flag::END_STREAM)
            }
            What::Frame(frame) => {
                out.insert(frame, None);
                return self.close(id);
            }
            What::Reset(code) => {
                out.insert(rst_stream(id, code).into(), None);
                if !stream.is_unknown {
                    tell(out, ToRequests::Abandon(id));
                }
                return self.close(id);
            }
            data @ What::Data { .. } => match self.release_data(id, due, data, out) {
                Some(is_last) => is_last,
                None => return false,
            },
        };
        if is_last {
            self.finish(id, out);
        }
        true
    }

    /// Sends as much of DATA as the windows allow. Returns whether the stream has ended; `None` if
    /// nothing could leave.
    fn release_data(
        &mut self,
        id: u32,
        due: Moment,
        what: What,
        out: &mut Outlet<'_>,
    ) -> Option<bool> {
        let stream = self.streams.get_mut(&id)?;
        let What::Data {
            mut payload,
            ends,
            is_ours,
        } = what
        else {
            return None;
        };
        let size = payload.len().min(PAYLOAD);
        let window = self.windows.of_new_stream() + stream.window;
        let part = match is_ours {
            true => self.windows.send(size, window),
            false => self.windows.release(size),
        };
        let can_leave = part > 0 || payload.is_empty();
        let front = payload.split_to(part);
        let is_whole = payload.is_empty();
        if !can_leave || !is_whole {
            let what = What::Data {
                payload,
                ends,
                is_ours,
            };
            stream.items.push_front(Item { due, what });
        }
        if !can_leave {
            return None;
        }
        if is_ours && part > 0 {
            stream.window -= i64::try_from(part).unwrap_or(i64::MAX);
            tell(out, ToRequests::Sent(part));
        }
        let is_last = ends && is_whole;
        let head = FrameHead {
            length: part,
            kind: kind::DATA,
            flags: if is_last { flag::END_STREAM } else { 0 },
            stream: id,
        };
        let mut bytes = Vec::with_capacity(HEAD);
        head.write(&mut bytes);
        out.insert(bytes.into(), None);
        out.insert(front, None);
        Some(is_last)
    }

    /// The last frame of an answer has left. If it was ours, a client that still sends its request
    /// is told to stop (RFC 9113, section 8.1).
    fn finish(&mut self, id: u32, out: &mut Outlet<'_>) {
        let stream = self.streams.get(&id);
        let is_early = stream.is_some_and(|stream| stream.is_ours && !stream.request_has_ended);
        if is_early {
            out.insert(rst_stream(id, code::NO_ERROR).into(), None);
        }
        self.close(id);
    }

    fn close(&mut self, id: u32) -> bool {
        self.waiting.remove(&id);
        self.streams.remove(&id);
        false
    }
}
