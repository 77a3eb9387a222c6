//! HPACK (RFC 7541): the compression of header fields.
//!
//! Our own, because the crates that decode HPACK drop the mark of fields that must never be indexed,
//! which an intermediary must keep (RFC 7541, section 6.2.3), and because a limit must hold while a
//! block is decoded, not behind it.
//!
//! The encoder uses no dynamic table: with nothing to remember, a block can be dropped or added at
//! any place without the two ends coming to differ.

mod decoder;
mod encoder;
mod huffman;
mod integer;
mod statics;
mod table;
#[cfg(test)]
mod vector_tests;

pub use decoder::{Decoder, Refused};
pub use encoder::Encoder;

/// A header field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name. HTTP/2 has it in lower case, which is not checked here.
    pub name: Vec<u8>,
    /// The value.
    pub value: Vec<u8>,
    /// Nobody on the way may put it into a dynamic table.
    pub never_indexed: bool,
}

impl Field {
    /// A field that may be indexed.
    pub fn new(name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Field {
            name: name.into(),
            value: value.into(),
            never_indexed: false,
        }
    }

    /// Its size as RFC 7541, section 4.1, counts it.
    pub fn size(&self) -> usize {
        self.name.len() + self.value.len() + 32
    }
}
