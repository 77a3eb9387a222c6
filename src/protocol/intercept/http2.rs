//! The place where a connection turns out to speak HTTP/2. From then on both halves hand everything to
//! the filter of frames.

use std::sync::Arc;

use super::answering::Answering;
use super::asking::{Asking, State};
use super::notes::{Expected, FromAnswers, FromRequests};
use super::view::Protocol;
use crate::engine::{Chunk, Note, Outlet};
use crate::protocol::http::Rules;
use crate::protocol::http2::{Answers, FirstBytes, ToAnswers, ToRequests, first_bytes};

impl Asking {
    /// The client has sent the preface, or a part of it that is no other protocol.
    pub(super) fn begin_http2(&mut self, rules: &Arc<Rules>, chunk: Chunk, out: &mut Outlet<'_>) {
        self.state = State::Http2(Box::default());
        self.show(Protocol::Http2, out);
        out.tell(Note::new(FromRequests::Http2));
        self.http2(rules, chunk, out);
    }

    /// Hands bytes to the filter, if there is one.
    pub(super) fn http2(&mut self, rules: &Arc<Rules>, chunk: Chunk, out: &mut Outlet<'_>) {
        let State::Http2(http2) = &mut self.state else {
            return out.send(chunk);
        };
        http2.on_data(rules, chunk, out);
        let opened = http2.opened();
        if opened != self.number {
            self.number = opened;
            self.show(Protocol::Http2, out);
        }
    }

    /// A note from the other half's filter.
    pub(super) fn hear_http2(&mut self, note: Note, out: &mut Outlet<'_>) {
        if let State::Http2(http2) = &mut self.state
            && let Ok(told) = note.open::<ToRequests>()
        {
            http2.on_note(told, out);
        }
    }
}

impl Answering {
    /// The upstream may speak first: servers of gRPC send SETTINGS when they accept. Returns the chunk
    /// if it is something else.
    pub(super) fn begin_http2(
        &mut self,
        rules: &Arc<Rules>,
        chunk: Chunk,
        out: &mut Outlet<'_>,
    ) -> Option<Chunk> {
        if chunk.offset != 0 || !self.queue.is_empty() {
            return Some(chunk);
        }
        match first_bytes(&chunk.bytes) {
            FirstBytes::Other => return Some(chunk),
            FirstBytes::Unfinished => out.gather(chunk),
            FirstBytes::Settings => {
                let http2 = self.http2.insert(Box::default());
                http2.on_data(rules, chunk, out);
            }
        }
        None
    }

    /// The client speaks HTTP/2.
    pub(super) fn speaks_http2(&mut self, out: &mut Outlet<'_>) {
        // Without an upstream there is nobody to exchange SETTINGS with.
        if self.unreachable.is_some() {
            return self.close(out);
        }
        self.http2.get_or_insert_default().join(out);
    }

    /// The client speaks HTTP/1.1 after all, so what the upstream has sent was no answer.
    pub(super) fn speaks_http1(&mut self, expected: &Expected, out: &mut Outlet<'_>) {
        self.http2 = None;
        if matches!(expected, Expected::Given(_) | Expected::Close) {
            return self.close(out);
        }
        self.pass_all();
        out.tell(Note::new(FromAnswers::Raw(Protocol::Unasked)));
    }

    /// A note from the other half's filter.
    pub(super) fn hear_http2(&mut self, rules: &Arc<Rules>, note: Note, out: &mut Outlet<'_>) {
        let http2: Option<&mut Answers> = self.http2.as_deref_mut();
        if let Some(http2) = http2
            && let Ok(told) = note.open::<ToAnswers>()
        {
            http2.on_note(rules, told, out);
        }
    }
}
