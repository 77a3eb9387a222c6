//! Decodes header blocks.

use super::table::{DEFAULT_SIZE, Table};
use super::{Field, huffman, integer};

/// The largest dynamic table that is kept, whatever the receiver allows the sender.
const LARGEST_TABLE: usize = 64 * 1024;
/// The most fields of a block, and their most bytes, each with 32 more as RFC 7541 counts them.
const MOST_FIELDS: usize = 256;
const MOST_BYTES: usize = 64 * 1024;

/// Why a block cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It breaks RFC 7541.
    Wrong,
    /// It is larger than our limits.
    TooLarge,
}

/// The decoder of one direction of a connection.
#[derive(Debug)]
pub struct Decoder {
    table: Table,
    /// The largest size that the receiver has allowed so far. The sender can still use an earlier
    /// value when a newer one is on its way, so a lower value changes nothing here: the sender says
    /// in its next block to what it has shrunk the table, and the receiver checks it.
    allowed: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Decoder {
            table: Table::default(),
            allowed: DEFAULT_SIZE,
        }
    }
}

impl Decoder {
    /// The receiver of the blocks has announced `SETTINGS_HEADER_TABLE_SIZE`.
    pub fn allow(&mut self, size: u32) {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        self.allowed = self.allowed.max(size.min(LARGEST_TABLE));
    }

    /// Decodes a whole block.
    ///
    /// # Errors
    /// The block is wrong or too large. The table is then undefined: decode nothing more.
    pub fn decode(&mut self, mut block: &[u8]) -> Result<Vec<Field>, Refused> {
        let (mut fields, mut bytes) = (Vec::new(), 0);
        while let Some(first) = block.first() {
            let first = *first;
            if first & 0xe0 == 0x20 {
                let (size, rest) = integer::read(block, 5).ok_or(Refused::Wrong)?;
                self.resize(size, fields.is_empty())?;
                block = rest;
                continue;
            }
            let (field, rest) = self.field(first, block).ok_or(Refused::Wrong)?;
            block = rest;
            bytes += field.size();
            fields.push(field);
            if fields.len() > MOST_FIELDS || bytes > MOST_BYTES {
                return Err(Refused::TooLarge);
            }
        }
        Ok(fields)
    }

    /// Changes of the size stand before all fields (section 4.2).
    fn resize(&mut self, size: usize, is_first: bool) -> Result<(), Refused> {
        if !is_first {
            return Err(Refused::Wrong);
        }
        if size > self.allowed {
            return Err(Refused::TooLarge);
        }
        self.table.resize(size);
        Ok(())
    }

    fn field<'a>(&mut self, first: u8, block: &'a [u8]) -> Option<(Field, &'a [u8])> {
        if first & 0x80 != 0 {
            let (index, rest) = integer::read(block, 7)?;
            return Some((self.table.field(index)?, rest));
        }
        let is_indexed = first & 0x40 != 0;
        let (index, rest) = integer::read(block, if is_indexed { 6 } else { 4 })?;
        let (name, rest) = match index {
            0 => string(rest)?,
            _ => (self.table.field(index)?.name, rest),
        };
        let (value, rest) = string(rest)?;
        let field = Field {
            name,
            value,
            never_indexed: first & 0xf0 == 0x10,
        };
        if is_indexed {
            self.table.add(&field);
        }
        Some((field, rest))
    }

    #[cfg(test)]
    pub(super) fn table_size(&self) -> usize {
        self.table.size()
    }
}

/// A string (section 5.2).
fn string(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let is_coded = bytes.first()? & 0x80 != 0;
    let (length, rest) = integer::read(bytes, 7)?;
    let (text, rest) = rest.split_at_checked(length)?;
    let text = match is_coded {
        true => huffman::decode(text)?,
        false => text.to_vec(),
    };
    Some((text, rest))
}
