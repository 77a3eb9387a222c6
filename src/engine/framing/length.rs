//! Messages that begin with a header, which has their length at a fixed place.

use super::step::{MAX_MESSAGE, Parser, Step, end_of};

/// The largest [`LengthField::offset`], header and trailer.
pub const MAX_OFFSET: u32 = 1024;

/// Where a message has its length, and what the length counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthField {
    /// Bytes of the message before the length.
    pub offset: u32,
    /// Bytes of the length, from 1 to 8.
    pub size: u32,
    /// The least significant byte comes first.
    pub little_endian: bool,
    /// Bytes at the start of the message that the length does not count.
    pub header: u32,
    /// Bytes at the end of the message that the length does not count.
    pub trailer: u32,
    /// The longest message, in bytes.
    pub max: u64,
}

impl LengthField {
    /// A length of `size` bytes, most significant byte first, at `offset`. It counts what follows
    /// it.
    pub fn new(offset: u32, size: u32) -> Self {
        LengthField {
            offset,
            size,
            little_endian: false,
            header: offset + size,
            trailer: 0,
            max: MAX_MESSAGE,
        }
    }

    pub(super) fn parser(self) -> LengthParser {
        LengthParser {
            field: self,
            read: 0,
            value: 0,
        }
    }

    /// The length of a message with this value in its length field.
    fn total(&self, value: u64) -> Option<u64> {
        let fixed = u64::from(self.header) + u64::from(self.trailer);
        value
            .checked_add(fixed)
            .filter(|total| *total <= self.max.min(MAX_MESSAGE))
    }
}

#[derive(Debug)]
pub(super) struct LengthParser {
    field: LengthField,
    /// Bytes of the message that have been looked at.
    read: u32,
    value: u64,
}

impl Parser for LengthParser {
    fn step(&mut self, byte: u8) -> Step {
        let LengthField { offset, size, .. } = self.field;
        if let Some(place) = self.read.checked_sub(offset) {
            if self.field.little_endian {
                self.value |= u64::from(byte).checked_shl(8 * place).unwrap_or(0);
            } else {
                self.value = self.value << 8 | u64::from(byte);
            }
        }
        self.read += 1;
        if self.read < offset + size {
            return Step::Next;
        }
        let (read, value) = (
            std::mem::take(&mut self.read),
            std::mem::take(&mut self.value),
        );
        match self.field.total(value) {
            Some(total) => end_of(total, read.into(), 0),
            None => Step::Lost,
        }
    }
}
