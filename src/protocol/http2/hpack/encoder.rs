//! Encodes header blocks without a dynamic table.

use super::{Field, integer, statics};

/// The encoder of one direction of a connection, which begins in the place of the sender's own.
#[derive(Debug, Default)]
pub struct Encoder {
    /// Whether it has encoded a block. From then on the receiver's table is not the sender's, so all
    /// later blocks must be encoded here.
    has_begun: bool,
}

impl Encoder {
    /// Encodes a block. The first one empties the receiver's dynamic table: a receiver that has
    /// lowered `SETTINGS_HEADER_TABLE_SIZE` waits for a size in the next block (RFC 7541, section
    /// 4.2), and size 0 satisfies it and every later one.
    pub fn encode(&mut self, fields: &[Field]) -> Vec<u8> {
        let mut block = Vec::new();
        if !std::mem::replace(&mut self.has_begun, true) {
            integer::write(&mut block, 0x20, 5, 0);
        }
        for field in fields {
            encode(&mut block, field);
        }
        block
    }
}

fn encode(block: &mut Vec<u8>, field: &Field) {
    let pattern = if field.never_indexed { 0x10 } else { 0 };
    match statics::find(&field.name, &field.value) {
        Some((index, true)) if !field.never_indexed => {
            return integer::write(block, 0x80, 7, index);
        }
        Some((index, _)) => integer::write(block, pattern, 4, index),
        None => {
            block.push(pattern);
            string(block, &field.name);
        }
    }
    string(block, &field.value);
}

/// Without the Huffman code: it saves a third of the bytes at the price of time in every block.
fn string(block: &mut Vec<u8>, text: &[u8]) {
    integer::write(block, 0, 7, text.len());
    block.extend_from_slice(text);
}
