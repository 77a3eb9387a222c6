//! What a parser says about each byte that it looks at.

use std::fmt::Debug;

/// The longest message, in bytes: 1 GiB, which is also the longest message of Postgres. A length
/// above it is taken for a sign that the stream is framed in another way.
pub const MAX_MESSAGE: u64 = 1 << 30;

/// What comes after a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The next byte is looked at.
    Next,
    /// This many bytes are skipped, then the next byte is looked at. The message does not end yet.
    Skip(u64),
    /// The message ends after this many more bytes.
    EndAfter(u64),
    /// The stream is not framed in this way.
    Lost,
}

/// Looks at the bytes that say where a message ends: its header, or each byte of a line. When it
/// has returned the end of a message, it is ready for the next one.
pub(super) trait Parser: Debug + Send {
    fn step(&mut self, byte: u8) -> Step;
}

/// The end of a message that is `length` bytes long, of which `read` have been looked at. A length
/// that is below `least`, or too large, is no length.
pub(super) fn end_of(length: u64, read: u64, least: u64) -> Step {
    match length.checked_sub(read) {
        Some(rest) if length >= least && length <= MAX_MESSAGE => Step::EndAfter(rest),
        _ => Step::Lost,
    }
}

/// The first bytes of a message, until they are complete.
#[derive(Debug)]
pub(super) struct Header<const SIZE: usize> {
    bytes: [u8; SIZE],
    read: usize,
}

impl<const SIZE: usize> Default for Header<SIZE> {
    fn default() -> Self {
        Header {
            bytes: [0; SIZE],
            read: 0,
        }
    }
}

impl<const SIZE: usize> Header<SIZE> {
    /// Adds a byte. Returns the header when it is complete, and begins the next one.
    pub(super) fn add(&mut self, byte: u8) -> Option<[u8; SIZE]> {
        if let Some(place) = self.bytes.get_mut(self.read) {
            *place = byte;
            self.read += 1;
        }
        (self.read == SIZE).then(|| std::mem::take(self).bytes)
    }

    /// How many bytes it has.
    pub(super) fn read(&self) -> usize {
        self.read
    }
}
