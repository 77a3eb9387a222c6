//! The upstream's DATA: it passes, waits, or is dropped.

use std::sync::Arc;

use super::{Answers, Chunk, FrameHead, HEAD, Outlet, Route, Rules, Stream, What};
use super::{MOST_PADDED, code, flag, tell};
use crate::protocol::http2::frame::unpadded;
use crate::protocol::http2::notes::ToRequests;

impl Answers {
    /// A DATA frame begins. Returns what must be joined with more bytes.
    pub(super) fn data(
        &mut self,
        rules: &Arc<Rules>,
        head: FrameHead,
        chunk: &mut Chunk,
        out: &mut Outlet<'_>,
    ) -> Option<Chunk> {
        let (stream, ends) = (head.stream, head.has(flag::END_STREAM));
        if self.dropped.contains(stream) {
            out.swallow(chunk.split_to(HEAD));
            self.windows.hold(head.length);
            self.discard(head.length, out);
            if ends {
                self.dropped.remove(stream);
            }
            self.enter(head.length, Route::Drop);
            return None;
        }
        let waits = self.streams.get(&stream).is_some_and(Stream::holds_back);
        if !waits && self.windows.can_pass(head.length) {
            self.windows.pass(head.length);
            out.send(chunk.split_to(HEAD));
            if ends {
                self.streams.remove(&stream);
            }
            self.enter(head.length, Route::Pass);
            return None;
        }
        if head.has(flag::PADDED) && chunk.bytes.len() < HEAD + head.length {
            if head.length > MOST_PADDED {
                self.refuse(rules, code::PROTOCOL_ERROR, out);
                return None;
            }
            return Some(chunk.split_to(usize::MAX));
        }
        self.windows.hold(head.length);
        self.hold_data(rules, head, chunk, out);
        None
    }

    /// DATA waits here. Padding is not kept.
    fn hold_data(
        &mut self,
        rules: &Arc<Rules>,
        head: FrameHead,
        chunk: &mut Chunk,
        out: &mut Outlet<'_>,
    ) {
        let (stream, ends) = (head.stream, head.has(flag::END_STREAM));
        self.streams.entry(stream).or_default();
        if !head.has(flag::PADDED) {
            out.swallow(chunk.split_to(HEAD));
            if head.length == 0 {
                self.wait(stream, What::data(Default::default(), ends), out);
            }
            return self.enter(head.length, Route::Wait { stream, ends });
        }
        let unit = chunk.split_to(HEAD + head.length);
        let payload = unpadded(head, unit.bytes.slice(HEAD.min(unit.bytes.len())..));
        out.swallow(unit);
        match payload {
            Some(payload) => {
                let size = head.length - payload.len();
                self.discard(size, out);
                if !ends {
                    tell(out, ToRequests::Unpadded { stream, size });
                }
                self.wait(stream, What::data(payload, ends), out);
            }
            None => self.refuse(rules, code::PROTOCOL_ERROR, out),
        }
    }

    /// Bytes that the upstream has counted as sent do not go to the client.
    pub(super) fn discard(&mut self, size: usize, out: &mut Outlet<'_>) {
        if size > 0 {
            self.windows.discard(size);
            tell(out, ToRequests::Dropped(size));
        }
    }
}
