//! Bytes that both ends can derive from their position in the stream.

use std::sync::LazyLock;

use crate::fault::{Result, fault};

/// The size of the buffers of bulk transfers, in bytes; also the longest [`payload`].
pub const BUFFER: usize = 256 * 1024;
/// A prime, so that no buffer size divides it and a lost buffer shows.
const PERIOD: usize = 131_071;

static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut state: u64 = 0x0a_c0_71_7e;
    let mut bytes = Vec::with_capacity(PERIOD + BUFFER);
    for _ in 0..PERIOD {
        // xorshift64 (Marsaglia 2003)
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.push(state.to_le_bytes()[3]);
    }
    for index in 0..BUFFER {
        bytes.push(bytes.get(index).copied().unwrap_or_default());
    }
    bytes
});

/// The payload at `position` of a stream: `length` bytes, at most [`BUFFER`].
pub fn payload(position: u64, length: usize) -> &'static [u8] {
    let start = (position % PERIOD as u64) as usize;
    BYTES
        .get(start..start + length.min(BUFFER))
        .unwrap_or_default()
}

/// Verifies a stream against the expected payload.
pub struct Checker {
    start: u64,
    seen: u64,
}

impl Checker {
    /// The payload from position `start` on.
    pub fn new(start: u64) -> Self {
        Self { start, seen: 0 }
    }

    /// The bytes seen so far.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// The next bytes, at most [`BUFFER`] of them. An error says where the first buffer lay that is not as it was sent.
    pub fn read(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes != payload(self.start + self.seen, bytes.len()) {
            let seen = self.seen;
            return Err(fault(format!(
                "the payload is not what was sent, after byte {seen}"
            )));
        }
        self.seen += bytes.len() as u64;
        Ok(())
    }
}
