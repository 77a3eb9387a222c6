//! What a link carries: chunks of bytes, followed by at most one ending.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::marks::Marks;
use super::time::Moment;

/// The direction in which bytes flow, named after their destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the client to the upstream.
    Upstream,
    /// From the upstream to the client.
    Downstream,
}

impl Direction {
    /// Both directions, in the order in which every list shows them.
    pub const ALL: [Direction; 2] = [Direction::Upstream, Direction::Downstream];

    /// Returns whichever argument belongs to this direction.
    pub fn pick<T>(self, upstream: T, downstream: T) -> T {
        match self {
            Direction::Upstream => upstream,
            Direction::Downstream => downstream,
        }
    }

    /// The direction's name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Direction::Upstream => "upstream",
            Direction::Downstream => "downstream",
        }
    }
}

/// Consecutive bytes of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes; never empty.
    pub bytes: Bytes,
    /// When the bytes reached the stage that is processing them.
    pub arrived: Moment,
    /// The stream offset of the first byte. It counts the bytes that entered the pipeline before
    /// it, plus those that earlier stages inserted and minus those that they removed.
    pub offset: u64,
    /// The exchange and the toxics that an earlier stage assigned to the bytes. Most chunks have
    /// none.
    pub marks: Option<Arc<Marks>>,
    /// The turn of the conversation in which the bytes entered the pipeline. It is only known where
    /// a toxic asks for it, and tells turns apart without counting them.
    pub(super) turn: u64,
}

impl Chunk {
    /// Splits off the first `size` bytes. The rest stays in `self`, with its offset advanced.
    pub fn split_to(&mut self, size: usize) -> Chunk {
        let size = size.min(self.bytes.len());
        let front = Chunk {
            bytes: self.bytes.split_to(size),
            arrived: self.arrived,
            offset: self.offset,
            marks: self.marks.clone(),
            turn: self.turn,
        };
        self.offset += size as u64;
        front
    }

    /// Appends another chunk. If no other handle shares the buffer, its bytes are not copied again.
    /// So a chunk that grows byte by byte costs time linear in its size.
    pub(super) fn join(&mut self, next: Chunk) {
        let bytes = std::mem::take(&mut self.bytes);
        let mut joined = bytes
            .try_into_mut()
            .unwrap_or_else(|shared| BytesMut::from(shared.as_ref()));
        joined.extend_from_slice(&next.bytes);
        self.bytes = joined.freeze();
        self.arrived = next.arrived;
    }
}

/// How a direction ends.
///
/// A toxic that sends `Eof` before the source has ended half-closes the connection: the receiver
/// gets FIN, and what the source still sends in this direction is read and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// The sender's FIN, passed on as a FIN. The other direction stays open (half-close).
    Eof,
    /// Both sides are closed with FIN once the receiver's socket has accepted the bytes before
    /// this.
    Close,
    /// Both sides are closed with FIN at once; bytes that no socket has accepted yet are dropped.
    Cut,
    /// Both sides are closed with RST at once.
    Reset,
    /// Both sides are closed with RST once the receiver's system has acknowledged the bytes before
    /// this, because a system discards what it has not sent when a socket is reset.
    ResetAfter,
}

/// One entry of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Data(Chunk),
    End(Ending),
}

/// The last kind of item that a stage has received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    /// Data, or nothing yet.
    Data,
    /// The source's end of file.
    Eof,
    /// An item that ends the connection.
    Final,
}

impl Item {
    /// Whether the item ends the whole connection, so that nothing may follow it.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Item::End(ending) if *ending != Ending::Eof)
    }

    /// Whether the item may leave before a socket has accepted the bytes queued ahead of it.
    pub(super) fn is_urgent(&self) -> bool {
        matches!(self, Item::End(Ending::Cut | Ending::Reset))
    }

    /// What the item counts towards a byte limit. A fixed charge per chunk covers its bookkeeping,
    /// so many small chunks cannot evade the limit.
    pub(super) fn charge(&self) -> usize {
        match self {
            Item::Data(chunk) => chunk.bytes.len() + CHUNK_OVERHEAD,
            Item::End(_) => 0,
        }
    }
}

/// Bytes that a queued chunk is charged in addition to its data.
pub const CHUNK_OVERHEAD: usize = 128;
