//! What travels along a link: chunks of bytes, and at most one ending after them.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::marks::Marks;
use super::time::Moment;

/// Which way bytes flow, named after where they go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the client to the upstream.
    Upstream,
    /// From the upstream to the client.
    Downstream,
}

impl Direction {
    /// Both directions, in the order in which they are listed everywhere.
    pub const ALL: [Direction; 2] = [Direction::Upstream, Direction::Downstream];

    /// The one of two things that belongs to this direction.
    pub fn pick<T>(self, upstream: T, downstream: T) -> T {
        match self {
            Direction::Upstream => upstream,
            Direction::Downstream => downstream,
        }
    }

    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Direction::Upstream => "upstream",
            Direction::Downstream => "downstream",
        }
    }
}

/// Some bytes of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes; never empty.
    pub bytes: Bytes,
    /// When they reached the stage that looks at them.
    pub arrived: Moment,
    /// The position of the first of them in the stream that entered the pipeline, bytes that a
    /// stage has added or removed before them included.
    pub offset: u64,
    /// What somebody found out about them; most have none.
    pub marks: Option<Arc<Marks>>,
}

impl Chunk {
    /// Takes the first `size` bytes off; the rest stays, with its offset moved on.
    pub fn split_to(&mut self, size: usize) -> Chunk {
        let size = size.min(self.bytes.len());
        let front = Chunk {
            bytes: self.bytes.split_to(size),
            arrived: self.arrived,
            offset: self.offset,
            marks: self.marks.clone(),
        };
        self.offset += size as u64;
        front
    }

    /// Puts another behind it. Bytes that nobody else holds on to are not copied again, so that a
    /// chunk which grows byte by byte costs what its size is.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// The sender's FIN, passed on as one: the other direction goes on (half-close).
    Eof,
    /// Both sides are closed with FIN, once the bytes before it have been taken.
    Close,
    /// Both sides are closed with FIN at once; bytes that no socket has taken yet are given up.
    Cut,
    /// Both sides are closed with RST at once.
    Reset,
}

/// One thing in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Data(Chunk),
    End(Ending),
}

impl Item {
    /// Whether it ends the whole connection, so that nothing may follow it.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Item::End(ending) if *ending != Ending::Eof)
    }

    /// Whether it does not wait for a socket to take the bytes before it.
    pub(super) fn is_urgent(&self) -> bool {
        matches!(self, Item::End(Ending::Cut | Ending::Reset))
    }

    /// What it counts towards a byte cap: small chunks are charged for their bookkeeping too.
    pub(super) fn charge(&self) -> usize {
        match self {
            Item::Data(chunk) => chunk.bytes.len() + CHUNK_OVERHEAD,
            Item::End(_) => 0,
        }
    }
}

/// Bytes that a queued chunk is charged for besides its own.
pub const CHUNK_OVERHEAD: usize = 128;
