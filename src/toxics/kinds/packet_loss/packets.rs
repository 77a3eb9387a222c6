//! Where packets begin and end in the stream, and which of them are lost.
//!
//! A packet begins at each multiple of [`SEGMENT`] bytes of the stream, so that the same bytes are
//! the same packets however they are cut into chunks. A packet also begins where bytes come after a
//! [`PAUSE`], because a sender does not wait to fill a packet: a request of seven bytes is a packet
//! of seven bytes.

use std::time::Duration;

use super::channel::Channel;
use crate::engine::{Moment, Outlet};

/// The most bytes of one packet: Ethernet's 1500 bytes without the headers of IPv4 and TCP.
pub(super) const SEGMENT: u64 = 1460;

/// Bytes that come sooner after the bytes before them continue their packet. It is shorter than a
/// round trip on one machine, so that each request of a fast client is a packet of its own. It is
/// longer than a full packet takes on a link of 1 Gbit/s.
pub(super) const PAUSE: Duration = Duration::from_micros(20);

/// The position in the stream, and the packet there. Copying it is how one looks ahead.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Packets {
    /// The offset after the last byte, and when it arrived.
    next: u64,
    arrived: Moment,
    /// The packet that the last byte belongs to.
    start: u64,
    end: u64,
    lost: bool,
    /// The channel's state.
    bad: bool,
}

/// Consecutive bytes of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) size: u64,
    /// The offset at which the packet begins, which is the key of its draws.
    pub(super) start: u64,
    pub(super) lost: bool,
    /// Whether the packet begins with these bytes.
    pub(super) is_first: bool,
}

impl Packets {
    /// Takes the next bytes of one packet: at most `size` bytes at stream offset `at`.
    pub(super) fn take(
        &mut self,
        (at, size, arrived): (u64, u64, Moment),
        channel: &Channel,
        out: &Outlet<'_>,
    ) -> Part {
        let follows = at == self.next && arrived.since(self.arrived) <= PAUSE;
        let is_first = !follows || at >= self.end;
        if is_first {
            self.start = at;
            self.end = if follows {
                (at / SEGMENT + 1).saturating_mul(SEGMENT)
            } else {
                at.saturating_add(SEGMENT)
            };
            self.lost = channel.loses(&mut self.bad, out.draw(at));
        }
        // An offset at the end of the number range must not make a part empty.
        let size = size.min(self.end.saturating_sub(at).max(1));
        self.next = at.saturating_add(size);
        self.arrived = arrived;
        Part {
            size,
            start: self.start,
            lost: self.lost,
            is_first,
        }
    }

    /// The offset after the last byte taken.
    pub(super) fn next(&self) -> u64 {
        self.next
    }
}
