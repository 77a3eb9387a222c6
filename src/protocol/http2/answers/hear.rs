//! What the other half tells, and connections that cannot be followed.

use std::sync::Arc;

use super::{Answers, Ending, Outlet, Phase, Route, Rules, Stream, tell};
use crate::protocol::http2::frame::{code, goaway, window_update};
use crate::protocol::http2::known::count_opaque;
use crate::protocol::http2::notes::{ToAnswers, ToRequests};

impl Answers {
    /// The other half has begun. What this half saw before may have been no HTTP/2.
    pub fn join(&mut self, out: &mut Outlet<'_>) {
        if self.phase == Phase::Opaque {
            tell(out, ToRequests::Opaque);
        }
    }

    /// A note has come from the other half.
    pub fn on_note(&mut self, rules: &Arc<Rules>, note: ToAnswers, out: &mut Outlet<'_>) {
        match note {
            _ if self.phase == Phase::Over => return,
            ToAnswers::GiveUp(code) => return self.give_up(code, out),
            _ if self.phase == Phase::Opaque => return,
            ToAnswers::Opaque if self.is_touched() => {
                return self.give_up(code::PROTOCOL_ERROR, out);
            }
            ToAnswers::Opaque => self.phase = Phase::Opaque,
            ToAnswers::Settings { table, window } => {
                if let Some(size) = table {
                    self.codec.decoder.allow(size);
                }
                if !self.windows.settings(window) {
                    return self.give_up(code::PROTOCOL_ERROR, out);
                }
            }
            ToAnswers::Window {
                stream: 0,
                increment,
            } => self.windows.increased(increment),
            ToAnswers::Window { stream, increment } => {
                if let Some(stream) = self.streams.get_mut(&stream) {
                    stream.window += i64::from(increment);
                }
            }
            ToAnswers::ToldUpstream(by) => self.windows.told_upstream(by),
            ToAnswers::Swallowed(size) => self.pending.extend(window_update(0, size)),
            ToAnswers::Request(request) => self.request(rules, *request, out),
            ToAnswers::Ended(stream) => {
                if let Some(stream) = self.streams.get_mut(&stream) {
                    stream.request_has_ended = true;
                }
            }
            ToAnswers::Cancelled(stream) => self.cancelled(stream, out),
        }
        self.release(out);
    }

    /// The client has reset a stream, and is told nothing more of it.
    fn cancelled(&mut self, stream: u32, out: &mut Outlet<'_>) {
        self.waiting.remove(&stream);
        let Some(gone) = self.streams.remove(&stream) else {
            return;
        };
        let rest = self.drop_rest(stream);
        let (left, has_ended) = rest.unwrap_or_default();
        self.discard(gone.held() + left, out);
        if !gone.is_ours && (gone.holds_back() || rest.is_some()) {
            self.codec.diverge();
            if !has_ended {
                self.dropped.insert(stream);
            }
        }
    }

    /// Drops what is still to come of a frame that waits on a stream. Returns its size, and whether
    /// the frame ends the stream.
    fn drop_rest(&mut self, stream: u32) -> Option<(usize, bool)> {
        let (_, ends) = self.arrives_on().filter(|(on, _)| *on == stream)?;
        let current = self.current.as_mut()?;
        current.route = Route::Drop;
        Some((current.left, ends))
    }

    /// Whether the client has been sent, or is to be sent, anything else than what came from the
    /// upstream.
    pub fn is_touched(&self) -> bool {
        self.codec.rewrites()
            || !self.dropped.is_empty()
            || self.streams.values().any(Stream::holds_back)
            || self.windows.are_unequal()
    }

    /// What comes next cannot be followed.
    pub(super) fn refuse(&mut self, rules: &Rules, code: u32, out: &mut Outlet<'_>) {
        if self.is_touched() {
            return self.give_up(code, out);
        }
        count_opaque(rules, out.identity());
        self.phase = Phase::Opaque;
        tell(out, ToRequests::Opaque);
    }

    /// Ends the connection: what comes next cannot be followed, but cannot pass untouched either.
    pub(super) fn give_up(&mut self, code: u32, out: &mut Outlet<'_>) {
        if self.phase == Phase::Frames && self.has_begun && !self.is_passing() {
            out.insert(goaway(self.last, code).into(), None);
        }
        self.phase = Phase::Over;
        out.clear_timer();
        out.end(Ending::Close);
    }
}
