//! A stream whose answer is not complete, and what waits on it.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::engine::Moment;
use crate::protocol::http::{Decision, Rules};
use crate::protocol::http2::codec::Block;
use crate::protocol::http2::fault::StreamFault;
use crate::protocol::http2::frame::code;
use crate::protocol::http2::given::Asked;

/// A stream whose answer is not complete.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The number of its request on the connection, from 1; 0 if no answer is decided about on it.
    pub(super) exchange: u64,
    pub(super) asked: Asked,
    pub(super) request_has_ended: bool,
    /// What the rules said of the request, until the answer's head has come.
    pub(super) decision: Option<Decision>,
    /// The answer is not the upstream's.
    pub(super) is_ours: bool,
    /// The upstream does not know the stream.
    pub(super) is_unknown: bool,
    pub(super) fault: StreamFault,
    /// By how much the client has increased the stream's window, less the DATA of ours.
    pub(super) window: i64,
    pub(super) items: VecDeque<Item>,
}

/// Something that waits for its time, or for room in a window.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) due: Moment,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    /// A header block. It is encoded when it leaves.
    Block(Block),
    /// DATA, which may leave in parts.
    Data {
        payload: Bytes,
        ends: bool,
        /// It is not the upstream's.
        is_ours: bool,
    },
    /// The upstream's RST_STREAM.
    Frame(Bytes),
    /// A reset of the stream towards both peers, with the code for the client.
    Reset(u32),
}

impl What {
    /// DATA of the upstream.
    pub(super) fn data(payload: Bytes, ends: bool) -> Self {
        let is_ours = false;
        What::Data {
            payload,
            ends,
            is_ours,
        }
    }
}

impl Stream {
    /// Whether the upstream's frames on it may not pass at once.
    pub(super) fn holds_back(&self) -> bool {
        !self.items.is_empty() || !self.fault.delay.is_zero() || self.fault.end.is_some()
    }

    /// Whether its answer is decided about. Of any other, DATA waits for room in a window.
    pub(super) fn is_followed(&self) -> bool {
        self.exchange > 0
    }

    /// When something that comes now may leave: after the delay, and not before what waits already.
    pub(super) fn due(&self, now: Moment) -> Moment {
        let last = self.items.back().map_or(Moment::ORIGIN, |item| item.due);
        last.max(now + self.fault.delay)
    }

    /// Bytes of the upstream's DATA that wait on it.
    pub(super) fn held(&self) -> usize {
        let sizes = self.items.iter().map(|item| match &item.what {
            What::Data {
                payload,
                is_ours: false,
                ..
            } => payload.len(),
            _ => 0,
        });
        sizes.sum()
    }

    /// Lets everything that waits leave now.
    pub(super) fn hurry(&mut self, now: Moment) {
        self.fault.delay = Default::default();
        for item in &mut self.items {
            item.due = item.due.min(now);
        }
    }

    /// Ends the fault if one of its toxics is gone. The removal of a silence cancels the stream, as
    /// the removal of `timeout` closes connections. Returns whether anything has changed.
    pub(super) fn let_go(&mut self, rules: &Rules, now: Moment) -> bool {
        if !self.holds_back() || !self.fault.is_over(rules) {
            return false;
        }
        self.hurry(now);
        if self.fault.end.is_some() && self.items.is_empty() {
            let what = What::Reset(code::CANCEL);
            self.items.push_back(Item { due: now, what });
        }
        self.fault.marks = None;
        true
    }
}
