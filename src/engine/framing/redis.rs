//! RESP, the protocol of Redis, versions 2 and 3.
//! <https://redis.io/docs/latest/develop/reference/protocol-spec/>
//!
//! Everything begins with a line: a type and a number or a text. A string has as many bytes as its
//! line says, and an aggregate as many elements. Only their count has to be remembered, however
//! deep they are nested. A client may also send a command as a plain line.

use super::step::{MAX_MESSAGE, Parser, Step};
use crate::engine::item::Direction;

/// The longest line of a text, in bytes. Redis limits a plain command to 64 KiB.
const MAX_LINE: u32 = 64 * 1024;
/// The most elements of one message, with everything nested in it.
const MAX_ELEMENTS: u64 = 1 << 32;

#[derive(Debug)]
pub(super) struct Redis {
    direction: Direction,
    place: Place,
    /// Elements that the message still needs, including the current one.
    missing: u64,
    /// Bytes of the current line.
    line: u32,
    number: Number,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Between two messages.
    Start,
    /// A type comes next.
    Type,
    /// In a line without a meaning: a text, or a plain command.
    Text,
    /// In the line of a string: its size.
    Size,
    /// In the line of an aggregate: how many elements follow for each counted one, and whether the
    /// aggregate is an element itself. An attribute is not; it precedes one.
    Count { each: u8, is_element: bool },
    /// After the bytes of a string.
    Return,
    /// After the carriage return that follows a string.
    Feed,
}

/// A number while its line is read.
#[derive(Clone, Copy, Debug, Default)]
struct Number {
    value: u64,
    digits: u8,
    is_negative: bool,
    is_wrong: bool,
}

impl Redis {
    pub(super) fn new(direction: Direction) -> Self {
        Redis {
            direction,
            place: Place::Start,
            missing: 0,
            line: 0,
            number: Number::default(),
        }
    }

    /// The first byte of an element.
    fn begin(&mut self, byte: u8) -> Step {
        let count = |each, is_element| Place::Count { each, is_element };
        self.line = 0;
        self.number = Number::default();
        let is_first = std::mem::replace(&mut self.place, Place::Type) == Place::Start;
        if is_first {
            self.missing = 1;
        }
        self.place = match byte {
            b'*' => count(1, true),
            // A client sends arrays, and plain lines, which begin with a letter as a rule.
            _ if self.direction == Direction::Upstream && is_first => {
                if byte == b'\n' {
                    return self.element_over();
                }
                match byte {
                    b'\r' | b' '..=b'~' => Place::Text,
                    _ => return Step::Lost,
                }
            }
            b'$' | b'=' | b'!' => Place::Size,
            b'+' | b'-' | b':' | b'_' | b',' | b'#' | b'(' => Place::Text,
            b'~' | b'>' => count(1, true),
            b'%' => count(2, true),
            b'|' => count(2, false),
            _ => return Step::Lost,
        };
        Step::Next
    }

    /// An element is complete.
    fn element_over(&mut self) -> Step {
        self.missing = self.missing.saturating_sub(1);
        match self.missing {
            0 => {
                self.place = Place::Start;
                Step::EndAfter(0)
            }
            _ => {
                self.place = Place::Type;
                Step::Next
            }
        }
    }

    /// A string's size is known.
    fn sized(&mut self) -> Step {
        let size = match self.number.read() {
            Some(Some(size)) if size <= MAX_MESSAGE => size,
            // A null, in version 2.
            Some(None) => return self.element_over(),
            _ => return Step::Lost,
        };
        self.place = Place::Return;
        match size {
            0 => Step::Next,
            _ => Step::Skip(size),
        }
    }

    /// The number of an aggregate's elements is known.
    fn counted(&mut self, each: u8, is_element: bool) -> Step {
        let count = match self.number.read() {
            Some(count) => count.unwrap_or(0),
            None => return Step::Lost,
        };
        let more = count.checked_mul(each.into());
        let missing = more.and_then(|more| self.missing.checked_add(more));
        let Some(missing) = missing.filter(|missing| *missing <= MAX_ELEMENTS) else {
            return Step::Lost;
        };
        self.missing = missing;
        if is_element {
            return self.element_over();
        }
        self.place = Place::Type;
        Step::Next
    }
}

impl Number {
    fn add(&mut self, byte: u8) {
        match byte {
            b'0'..=b'9' => {
                self.digits = self.digits.saturating_add(1);
                self.is_wrong |= self.digits > 18;
                self.value = self
                    .value
                    .wrapping_mul(10)
                    .wrapping_add((byte - b'0').into());
            }
            b'-' if self.digits == 0 && !self.is_negative => self.is_negative = true,
            b'\r' => {}
            _ => self.is_wrong = true,
        }
    }

    /// The number, or `Some(None)` for -1, which means null. `None`: there is no such number.
    fn read(self) -> Option<Option<u64>> {
        match (self.is_wrong || self.digits == 0, self.is_negative) {
            (true, _) => None,
            (false, true) => (self.value == 1).then_some(None),
            (false, false) => Some(Some(self.value)),
        }
    }
}

impl Parser for Redis {
    fn step(&mut self, byte: u8) -> Step {
        match (self.place, byte) {
            (Place::Start | Place::Type, _) => return self.begin(byte),
            (Place::Text, b'\n') => return self.element_over(),
            (Place::Size, b'\n') => return self.sized(),
            (Place::Count { each, is_element }, b'\n') => return self.counted(each, is_element),
            (Place::Text, _) => {}
            (Place::Size | Place::Count { .. }, _) => self.number.add(byte),
            (Place::Return, b'\r') => {
                self.place = Place::Feed;
                return Step::Next;
            }
            (Place::Feed, b'\n') => return self.element_over(),
            (Place::Return | Place::Feed, _) => return Step::Lost,
        }
        self.line += 1;
        match self.line {
            0..MAX_LINE => Step::Next,
            _ => Step::Lost,
        }
    }
}
