//! Messages that end with the same bytes, such as lines.

use std::sync::Arc;

use super::step::{Parser, Step};

/// The longest delimiter, in bytes.
pub const MAX_DELIMITER: usize = 256;

/// The bytes that end each message. They belong to the message that they end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delimiter(Arc<[Place]>);

/// A byte of the delimiter, and how many of its first bytes are still matched when the byte after
/// this one does not match. It is the table of Knuth, Morris and Pratt (1977), so that a delimiter
/// such as `aab` is found in `aaab`, and no byte is looked at twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    byte: u8,
    falls_back_to: usize,
}

impl Delimiter {
    /// Returns `None` if there are no bytes, or more than [`MAX_DELIMITER`].
    pub fn new(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() || bytes.len() > MAX_DELIMITER {
            return None;
        }
        let mut places: Vec<Place> = Vec::with_capacity(bytes.len());
        for (index, byte) in bytes.iter().copied().enumerate() {
            let falls_back_to = match index {
                0 => 0,
                _ => matched(&places, fallback(&places, index), byte),
            };
            places.push(Place {
                byte,
                falls_back_to,
            });
        }
        Some(Delimiter(places.into()))
    }

    pub(super) fn parser(&self) -> DelimiterParser {
        DelimiterParser {
            delimiter: self.clone(),
            matched: 0,
        }
    }
}

/// How many bytes are matched after `matched` were and the next one was not.
fn fallback(places: &[Place], matched: usize) -> usize {
    let last = matched.checked_sub(1).and_then(|last| places.get(last));
    last.map_or(0, |last| last.falls_back_to)
}

/// How many bytes of the delimiter are matched after `byte`, if `before` were matched before it.
fn matched(places: &[Place], mut before: usize, byte: u8) -> usize {
    loop {
        match places.get(before) {
            Some(place) if place.byte == byte => return before + 1,
            _ if before == 0 => return 0,
            _ => before = fallback(places, before),
        }
    }
}

#[derive(Debug)]
pub(super) struct DelimiterParser {
    delimiter: Delimiter,
    matched: usize,
}

impl Parser for DelimiterParser {
    fn step(&mut self, byte: u8) -> Step {
        let Delimiter(places) = &self.delimiter;
        self.matched = matched(places, self.matched, byte);
        if self.matched < places.len() {
            return Step::Next;
        }
        self.matched = 0;
        Step::EndAfter(0)
    }
}
