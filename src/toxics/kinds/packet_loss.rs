//! `packet_loss` loses packets, as an application sees that through TCP.
//!
//! # The model
//!
//! Loss below TCP removes no bytes from a stream. It delays the lost bytes until TCP has sent them
//! again, and everything behind them. So with `recovery` `tcp`, the stream arrives intact:
//!
//! - **Packets** have at most 1460 bytes and lie at fixed offsets of the stream; see [`packets`].
//! - **Which packets are lost** is decided by draws keyed by their offsets; see [`channel`].
//! - **A lost packet that others follow** is retransmitted when three packets after it have arrived
//!   (fast retransmission, RFC 5681, 3.2). It arrives one `rtt` after the third of them.
//! - **A lost packet among the last** is retransmitted after a timeout. The timeout is three `rtt`,
//!   which is RFC 6298's first estimate (2.2), but at least `rto_min`. RFC 6298 has a least timeout
//!   of 1 s, Linux one of 200 ms.
//! - **A lost retransmission** is repeated after a timeout, which doubles each time (RFC 6298, 5.5)
//!   up to 120 s. After fifteen of them TCP gives up. The packet is then held until the toxic
//!   changes or is removed.
//! - **Packets behind a lost one** wait for it, because TCP delivers in order. Each lost packet waits
//!   for its own three followers, not for the repair of earlier ones, as with selective
//!   acknowledgements (RFC 2018).
//! - **What waits** is limited to 6 MiB, the largest receive window of Linux (`tcp_rmem`). Then the
//!   link stops reading.
//!
//! When a packet is repaired depends only on when it and the packets after it arrived. So the same
//! stream with the same arrival times has the same delays, however it is cut into chunks. Over
//! sockets, pauses between reads begin packets too, so a bulk transfer may lose others in another run.
//! At most 64 packets behind a lost one are looked at for the three that repair it.
//!
//! The model leaves out the congestion window: loss does not lower the rate, except that the waiting
//! data is limited. It leaves out the slow start after a timeout and pacing, limited transmit
//! (RFC 3042), tail loss probes and RACK (RFC 8985), which often repair the last packets sooner than
//! a timeout, and the measuring of round trips: `rtt` is constant. SYN, FIN and acknowledgements are
//! never lost. The toxic adds no `rtt` where nothing is lost; `latency` does that.
//!
//! With `recovery` `none`, chunks vanish, as in Toxiproxy 2.13. That corrupts the stream.

mod attributes;
mod channel;
mod packets;
mod recovery;
#[cfg(test)]
mod tests;
mod wait;

use crate::engine::{Chunk, Moment, Outlet, Toxic};
use crate::toxics::attribute::Attribute;
use crate::toxics::error::AttributeError;
use crate::toxics::kind::ToxicKind;
use crate::toxics::values::Values;

use channel::Channel;
use packets::{Packets, Part};
use recovery::{MOST_RETRANSMISSIONS, Recovery};
use wait::Wait;

/// The largest receive window of Linux (`tcp_rmem`).
const WINDOW: usize = 6 * 1024 * 1024;

/// Loses packets with probability `loss_rate`, or in bursts. The receiver gets them late, as TCP
/// delivers them after a retransmission, or not at all if `recovery` is `none`.
#[derive(Debug)]
pub struct PacketLoss {
    channel: Channel,
    /// Without it, lost chunks vanish.
    recovery: Option<Recovery>,
}

impl ToxicKind for PacketLoss {
    const NAME: &'static str = "packet_loss";
    const ABOUT: &'static str = "Loses packets: TCP delivers them late, and all data behind them.";
    const DETAILS: &'static str = "Loses packets of up to 1460 bytes, as an application sees that through TCP: the stream \
        arrives intact, but a lost packet is late, and so is everything behind it. A packet that three others \
        follow is late by a round trip (`rtt`), one among the last by a retransmission timeout (three `rtt`, at least \
        `rto_min`), which doubles for each retransmission that is lost. `loss_rate` and `correlation` are those of \
        Toxiproxy 2.13; `p`, `r`, `loss_good` and `loss_bad` lose packets in bursts instead. With `recovery` `none`, \
        chunks vanish as in Toxiproxy, which corrupts the stream.";

    fn attributes() -> Vec<Attribute> {
        attributes::all()
    }

    fn from_values(values: &Values) -> Result<Self, AttributeError> {
        Ok(PacketLoss {
            channel: attributes::channel(values)?,
            recovery: attributes::recovery(values),
        })
    }
}

/// The state for one link.
#[derive(Debug, Default)]
pub struct Memory {
    packets: Packets,
    /// The channel's state where chunks vanish.
    bad: bool,
    wait: Option<Wait>,
}

impl PacketLoss {
    /// Takes parts of the chunk up to the first lost one. Returns the size of those before it, and
    /// the lost one.
    fn find_lost(
        &self,
        packets: &mut Packets,
        chunk: &Chunk,
        out: &Outlet<'_>,
    ) -> (usize, Option<Part>) {
        let size = chunk.bytes.len() as u64;
        let mut passed = 0;
        while passed < size {
            let rest = (chunk.offset + passed, size - passed, chunk.arrived);
            let part = packets.take(rest, &self.channel, out);
            if part.lost {
                return (passed as usize, Some(part));
            }
            passed += part.size;
        }
        (chunk.bytes.len(), None)
    }

    /// Sends a lost part when its retransmission arrives. `rest` is the chunk behind it.
    fn send_late(
        &self,
        memory: &mut Memory,
        (lost, rest): (Chunk, &Chunk),
        (start, recovery): (u64, &Recovery),
        out: &mut Outlet<'_>,
    ) {
        let key = out.draw(start);
        let again = self.channel.lost_retransmissions(key, MOST_RETRANSMISSIONS);
        if again == MOST_RETRANSMISSIONS {
            return out.park(lost);
        }
        let mut wait = Wait::new(lost.arrived, again, memory.packets);
        out.send_at(recovery.by_timeout(wait.sent, again), lost);
        let behind = (rest.bytes.len() as u64, rest.arrived);
        let third = wait.look_at(behind, &self.channel, out);
        let third = third.or_else(|| wait.look_at_inbox(&self.channel, out));
        memory.wait = Some(wait);
        self.settle(memory, third, recovery, out);
    }

    /// Brings the lost part forward if the third packet after it has arrived.
    fn settle(
        &self,
        memory: &mut Memory,
        third: Option<Moment>,
        recovery: &Recovery,
        out: &mut Outlet<'_>,
    ) {
        let (Some(third), Some(wait)) = (third, &memory.wait) else {
            return out.report_arrival();
        };
        let early = recovery.by_duplicates(wait.sent, third, wait.lost_retransmissions);
        if let Some(at) = early {
            out.bring_forward(at);
        }
        memory.wait = None;
    }
}

impl Toxic for PacketLoss {
    type Memory = Memory;

    fn backlog(&self) -> usize {
        WINDOW
    }

    fn on_attach(&self, memory: &mut Memory, _: &mut Outlet<'_>) {
        *memory = Memory::default();
    }

    fn on_revise(&self, memory: &mut Memory, _: &mut Outlet<'_>) {
        *memory = Memory::default();
    }

    fn on_data(&self, memory: &mut Memory, mut chunk: Chunk, out: &mut Outlet<'_>) {
        memory.wait = None;
        let Some(recovery) = &self.recovery else {
            let key = out.draw(chunk.offset);
            return match self.channel.loses(&mut memory.bad, key) {
                true => out.swallow(chunk),
                false => out.send(chunk),
            };
        };
        let (passed, lost) = self.find_lost(&mut memory.packets, &chunk, out);
        let Some(part) = lost else {
            return out.send(chunk);
        };
        let before = chunk.split_to(passed);
        if !before.bytes.is_empty() {
            out.send(before);
        }
        let lost = chunk.split_to(usize::try_from(part.size).unwrap_or(usize::MAX));
        self.send_late(memory, (lost, &chunk), (part.start, recovery), out);
        if !chunk.bytes.is_empty() {
            out.put_back(chunk);
        }
    }

    fn on_arrival(&self, memory: &mut Memory, out: &mut Outlet<'_>) {
        let (Some(recovery), Some(wait)) = (&self.recovery, &mut memory.wait) else {
            return;
        };
        let third = wait.look_at_inbox(&self.channel, out);
        self.settle(memory, third, recovery, out);
    }
}
