//! The messages of one direction, as the stage of one toxic sees them.
//!
//! With a framing they are those of the protocol. Without one they are the turns of the
//! conversation: the first chunk after bytes went the other way begins the next message.

use super::framing::{Found, Framer, Framing};
use super::item::Direction;

/// A message of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its number, from 0, counted from when the toxic met the connection.
    pub index: u64,
    /// The stream offset of its first byte.
    pub offset: u64,
}

#[derive(Debug)]
pub(super) struct Messages {
    /// The message of the bytes that were read last; `None` before the first, and where bytes
    /// cannot be framed.
    pub(super) current: Option<Message>,
    /// Messages so far.
    count: u64,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// The turn that the last chunk belonged to.
    Turns(Option<u64>),
    Framed(Framed),
}

#[derive(Debug)]
struct Framed {
    framing: Framing,
    direction: Direction,
    framer: Framer,
    /// The stream offset up to which the framer has read.
    read_to: u64,
    /// The next byte begins a message.
    at_border: bool,
    /// It cannot be known where later messages begin.
    is_lost: bool,
}

impl Messages {
    pub(super) fn of(framing: Option<&Framing>, direction: Direction) -> Self {
        let source = match framing {
            None => Source::Turns(None),
            Some(framing) => Source::Framed(Framed {
                framer: framing.framer(direction),
                framing: framing.clone(),
                direction,
                read_to: 0,
                at_border: true,
                is_lost: false,
            }),
        };
        Messages {
            current: None,
            count: 0,
            source,
        }
    }

    /// Whether they are turns of the conversation.
    pub(super) fn are_turns(&self) -> bool {
        matches!(self.source, Source::Turns(_))
    }

    /// Whether a message begins at the next byte, which is known without looking at it.
    pub(super) fn at_border(&self) -> bool {
        matches!(&self.source, Source::Framed(framed) if framed.at_border && !framed.is_lost)
    }

    /// Reads on. `offset` is that of the first byte, and `turn` the turn that the bytes belong to.
    /// Returns how many of them, at least one, belong to one message, which is then `current`.
    pub(super) fn read(&mut self, bytes: &[u8], offset: u64, turn: u64) -> usize {
        let (begins, count) = match &mut self.source {
            Source::Turns(last) => (last.replace(turn) != Some(turn), bytes.len()),
            Source::Framed(framed) => {
                framed.meet(offset);
                if framed.is_lost {
                    self.current = None;
                    return bytes.len();
                }
                (framed.at_border, framed.read(bytes))
            }
        };
        if begins {
            let index = self.count;
            self.count += 1;
            self.current = Some(Message { index, offset });
        }
        count
    }
}

impl Framed {
    /// The next byte has this offset. If bytes were missed, messages can be found again only if
    /// the framing allows it. The missed bytes may have ended a message, so the next byte begins
    /// one.
    fn meet(&mut self, offset: u64) {
        if offset == self.read_to {
            return;
        }
        self.read_to = offset;
        if self.framing.resumes() {
            self.framer = self.framing.framer(self.direction);
            self.at_border = true;
        } else {
            self.is_lost = true;
        }
    }

    fn read(&mut self, bytes: &[u8]) -> usize {
        let found = self.framer.find_end(bytes);
        let count = match found {
            Found::Within => bytes.len(),
            Found::End(count) | Found::Lost(count) => count,
        };
        self.at_border = matches!(found, Found::End(_));
        self.is_lost = matches!(found, Found::Lost(_));
        self.read_to = self.read_to.wrapping_add(count as u64);
        count
    }
}
