//! Framing: where the messages of a byte stream begin and end.
//!
//! A [`Framer`] reads one direction of one connection from its first byte. It keeps a few numbers
//! and never a payload, so it needs the same memory for a message of any size. How the stream is
//! cut into chunks does not change what it finds. It must not know stages or toxics.

mod amqp;
mod delimiter;
mod length;
mod mongodb;
mod mysql;
mod postgres;
mod preset;
mod redis;
mod step;

pub use delimiter::{Delimiter, MAX_DELIMITER};
pub use length::{LengthField, MAX_OFFSET};
pub use preset::Preset;
pub use step::MAX_MESSAGE;

use step::{Parser, Step};

use super::item::Direction;

/// How the messages of a stream are told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Each message says how long it is.
    Length(LengthField),
    /// Each message ends with the same bytes.
    Delimiter(Delimiter),
    /// The messages of a known protocol.
    Preset(Preset),
}

/// What a framer found in the bytes that it was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The bytes belong to the message, and it goes on.
    Within,
    /// The message ends after this many bytes, at least one.
    End(usize),
    /// After this many bytes, at least one, it is certain that the stream is not framed in this
    /// way. Where later messages begin cannot be known.
    Lost(usize),
}

/// Finds the ends of messages in one direction of a connection.
#[derive(Debug)]
pub struct Framer {
    parser: Box<dyn Parser>,
    /// Bytes of the message that need not be looked at.
    skip: u64,
    /// The message ends when they have passed.
    ends: bool,
}

impl Framing {
    /// A framer for one direction of a new connection.
    pub fn framer(&self, direction: Direction) -> Framer {
        let parser: Box<dyn Parser> = match self {
            Framing::Length(field) => Box::new(field.parser()),
            Framing::Delimiter(delimiter) => Box::new(delimiter.parser()),
            Framing::Preset(preset) => preset.parser(direction),
        };
        Framer {
            parser,
            skip: 0,
            ends: false,
        }
    }

    /// Whether messages can be found from the middle of a stream on.
    pub fn resumes(&self) -> bool {
        matches!(self, Framing::Delimiter(_))
    }
}

impl Framer {
    /// Reads on in the current message, up to its end. After [`Found::End`], the next byte begins
    /// the next message. After [`Found::Lost`] there is nothing more to find.
    pub fn find_end(&mut self, bytes: &[u8]) -> Found {
        let mut at = 0;
        loop {
            if self.skip > 0 {
                let left = bytes.len() - at;
                let skipped = usize::try_from(self.skip).map_or(left, |skip| skip.min(left));
                self.skip -= skipped as u64;
                at += skipped;
                if self.skip > 0 {
                    return Found::Within;
                }
                if std::mem::take(&mut self.ends) {
                    return Found::End(at);
                }
            }
            let Some(byte) = bytes.get(at) else {
                return Found::Within;
            };
            at += 1;
            match self.parser.step(*byte) {
                Step::Next => {}
                Step::Skip(count) => self.skip = count,
                Step::EndAfter(0) => return Found::End(at),
                Step::EndAfter(count) => (self.skip, self.ends) = (count, true),
                Step::Lost => return Found::Lost(at),
            }
        }
    }
}
