//! What the other half tells, and connections that cannot be followed.

use super::{Chunk, Outlet, Phase, Requests, Rules, code, tell, window_update};
use crate::protocol::http2::frame::rst_stream;
use crate::protocol::http2::known::count_opaque;
use crate::protocol::http2::notes::{ToAnswers, ToRequests};

impl Requests {
    /// A note has come from the other half.
    pub fn on_note(&mut self, note: ToRequests, out: &mut Outlet<'_>) {
        if self.phase == Phase::Over {
            return;
        }
        match note {
            ToRequests::TableSize(size) => self.codec.decoder.allow(size),
            ToRequests::Sent(size) => self.withhold += size,
            ToRequests::Dropped(size) => {
                let rest = size - self.withhold(size);
                let rest = u32::try_from(rest).unwrap_or(u32::MAX) & 0x7fff_ffff;
                if rest > 0 {
                    tell(out, ToAnswers::ToldUpstream(rest));
                    self.pending.extend(window_update(0, rest));
                }
            }
            ToRequests::Unpadded { stream, size } => {
                // There are at most 256 of them.
                let size = u32::try_from(size).unwrap_or_default();
                self.pending.extend(window_update(stream, size));
            }
            ToRequests::Abandon(stream) => {
                self.swallowed.insert(stream);
                self.pending.extend(rst_stream(stream, code::CANCEL));
            }
            ToRequests::Opaque if self.is_touched() => {
                self.phase = Phase::Over;
                tell(out, ToAnswers::GiveUp(code::PROTOCOL_ERROR));
            }
            ToRequests::Opaque => self.phase = Phase::Opaque,
        }
        if self.current.is_none() {
            self.send_pending(out);
        }
    }

    pub(super) fn send_pending(&mut self, out: &mut Outlet<'_>) {
        out.insert(std::mem::take(&mut self.pending).into(), None);
    }

    /// Whether the upstream has been sent anything else than what came from the client.
    pub fn is_touched(&self) -> bool {
        self.codec.rewrites() || !self.swallowed.is_empty() || self.withhold > 0
    }

    /// What comes next cannot be followed.
    pub(super) fn refuse(&mut self, rules: &Rules, code: u32, out: &mut Outlet<'_>) {
        if self.is_touched() {
            self.phase = Phase::Over;
            tell(out, ToAnswers::GiveUp(code));
        } else {
            count_opaque(rules, out.identity());
            self.phase = Phase::Opaque;
            tell(out, ToAnswers::Opaque);
        }
    }

    /// Handles a frame that was refused as the new phase asks for.
    pub(super) fn leave(&mut self, unit: Chunk, out: &mut Outlet<'_>) {
        match self.phase {
            Phase::Over => out.swallow(unit),
            _ => out.send(unit),
        }
    }
}
