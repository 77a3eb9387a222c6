//! MongoDB's wire protocol.
//! <https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/>
//!
//! A message has a header of four numbers of four bytes, least significant first: its length with
//! the header, its own id, the id that it answers, and what it is.

use super::step::{Header, Parser, Step, end_of};

const HEADER: u64 = 16;
/// The longest message that servers announce (`maxMessageSizeBytes`), in bytes.
const MAX_MESSAGE: u64 = 48_000_000;

#[derive(Debug, Default)]
pub(super) struct MongoDb(Header<16>);

impl Parser for MongoDb {
    fn step(&mut self, byte: u8) -> Step {
        let Some([a, b, c, d, .., m, n, o, p]) = self.0.add(byte) else {
            return Step::Next;
        };
        let length = u64::from(u32::from_le_bytes([a, b, c, d]));
        // OP_REPLY; the operations of old servers; OP_COMPRESSED, OP_MSG.
        match u32::from_le_bytes([m, n, o, p]) {
            1 | 2001..=2007 | 2010..=2013 if length <= MAX_MESSAGE => {
                end_of(length, HEADER, HEADER)
            }
            _ => Step::Lost,
        }
    }
}
