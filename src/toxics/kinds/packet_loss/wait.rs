//! A lost part that waits, and the packets that arrive behind it.

use super::channel::Channel;
use super::packets::Packets;
use super::recovery::DUPLICATES;
use crate::engine::{Moment, Outlet};

/// The most packets behind a lost one that are looked at. Without a limit, bursts of loss would cost
/// time quadratic in what waits. If there are no three among these, the timeout repairs the packet.
const MOST_LOOKED_AT: u8 = 64;

/// A lost part that waits for its timeout, or for three packets after it.
#[derive(Debug)]
pub(super) struct Wait {
    pub(super) sent: Moment,
    pub(super) lost_retransmissions: u32,
    /// Looks ahead at the packets that have arrived.
    ahead: Packets,
    /// How many of the chunks in the inbox have been looked at.
    looked_at: usize,
    duplicates: u8,
    packets: u8,
}

impl Wait {
    /// For a part that arrived at `sent`, with the position in the stream behind it.
    pub(super) fn new(sent: Moment, lost_retransmissions: u32, behind: Packets) -> Self {
        Wait {
            sent,
            lost_retransmissions,
            ahead: behind,
            looked_at: 0,
            duplicates: 0,
            packets: 0,
        }
    }

    /// Looks at bytes behind the lost ones. Returns when the third packet among them arrived. A
    /// packet that is lost itself does not count.
    pub(super) fn look_at(
        &mut self,
        (size, arrived): (u64, Moment),
        channel: &Channel,
        out: &Outlet<'_>,
    ) -> Option<Moment> {
        let mut left = size;
        while left > 0 && self.packets < MOST_LOOKED_AT {
            let part = self
                .ahead
                .take((self.ahead.next(), left, arrived), channel, out);
            left -= part.size;
            self.packets += u8::from(part.is_first);
            self.duplicates += u8::from(part.is_first && !part.lost);
            if self.duplicates >= DUPLICATES {
                return Some(arrived);
            }
        }
        None
    }

    /// Looks at the chunks in the inbox that have not been looked at.
    pub(super) fn look_at_inbox(&mut self, channel: &Channel, out: &Outlet<'_>) -> Option<Moment> {
        let mut third = None;
        for (arrived, size) in out.arrivals(self.looked_at) {
            self.looked_at += 1;
            third = self.look_at((size as u64, arrived), channel, out);
            if third.is_some() || self.packets >= MOST_LOOKED_AT {
                break;
            }
        }
        third
    }
}
