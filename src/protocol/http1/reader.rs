//! Reads a head that arrives in pieces, in time linear in its length.

use super::head::{FieldSpace, request_head, response_head};
use super::limits;
use super::message::{Method, Parsed, Request, Response};
use super::refusal::Refusal;

/// Reads a head that arrives in pieces.
///
/// It remembers how far it has looked for the end of the head, so that a head of single bytes is not
/// parsed again for each of them. It is shown the same bytes with more behind them until it says
/// [`Parsed::Complete`] or [`Parsed::Refused`], and is then ready for the next head. Bytes that cannot
/// belong to a head are refused when they arrive: another protocol is not kept waiting for an end.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeadReader {
    /// So many bytes have been looked at.
    searched: usize,
    /// The first line has ended.
    has_line: bool,
    /// The empty line behind the head has been found.
    has_end: bool,
}

impl HeadReader {
    /// Reads the head of a request. See [`request_head`].
    pub fn request<'h, 'b: 'h>(
        &mut self,
        bytes: &'b [u8],
        space: &'h mut FieldSpace<'b>,
    ) -> Parsed<Request<'h>> {
        let begins = self.searched == 0;
        if begins || self.search(bytes) {
            let parsed = request_head(bytes, space);
            return self.settle(parsed, bytes, begins);
        }
        self.wait(bytes, Refusal::NoRequestLine)
    }

    /// Reads the head of an answer. See [`response_head`].
    pub fn response<'h, 'b: 'h>(
        &mut self,
        bytes: &'b [u8],
        method: Method,
        space: &'h mut FieldSpace<'b>,
    ) -> Parsed<Response<'h>> {
        let begins = self.searched == 0;
        if begins || self.search(bytes) {
            let parsed = response_head(bytes, method, space);
            return self.settle(parsed, bytes, begins);
        }
        self.wait(bytes, Refusal::NoStatusLine)
    }

    /// Whether it has seen a part of a head.
    #[allow(dead_code, reason = "for tests")]
    pub fn is_within_head(&self) -> bool {
        self.searched > 0
    }

    fn settle<T>(&mut self, parsed: Parsed<T>, bytes: &[u8], begins: bool) -> Parsed<T> {
        match parsed {
            Parsed::Partial if begins => {
                self.search(bytes);
            }
            Parsed::Partial => {}
            Parsed::Complete(_) | Parsed::Refused(_) => *self = HeadReader::default(),
        }
        parsed
    }

    fn wait<T>(&mut self, bytes: &[u8], no_first_line: Refusal) -> Parsed<T> {
        if !self.has_line && bytes.len() >= limits::FIRST_LINE {
            *self = HeadReader::default();
            return Parsed::Refused(no_first_line);
        }
        if bytes.len() > limits::HEAD {
            *self = HeadReader::default();
            return Parsed::Refused(Refusal::HeadTooLong);
        }
        Parsed::Partial
    }

    /// Looks at what is new. Returns whether it is worth to parse the head: at the end of its first
    /// line, at its end, and at a byte that no head can have.
    fn search(&mut self, bytes: &[u8]) -> bool {
        let had_line = self.has_line;
        let from = self.searched;
        self.searched = bytes.len();
        let mut wrong = false;
        for place in from..bytes.len() {
            if self.has_end || wrong {
                break;
            }
            wrong = self.look(bytes, place);
        }
        wrong || self.has_end || self.has_line != had_line
    }

    /// Looks at one byte. Returns whether no head can have it.
    fn look(&mut self, bytes: &[u8], place: usize) -> bool {
        let before = |count| place.checked_sub(count).and_then(|place| bytes.get(place));
        let (last, byte) = (before(1), bytes.get(place));
        let begins_line = |byte: Option<&u8>| matches!(byte, None | Some(b'\n'));
        match (last, byte) {
            (Some(b'\r'), byte) if byte != Some(&b'\n') => true,
            (Some(b'\n'), Some(b' ' | b'\t')) => self.has_line,
            (last, Some(b'\n')) => {
                let empty = begins_line(last) || last == Some(&b'\r') && begins_line(before(2));
                match empty {
                    true => self.has_end = self.has_line,
                    false => self.has_line = true,
                }
                false
            }
            (_, Some(b'\r' | b'\t')) => false,
            (_, Some(byte)) => byte.is_ascii_control(),
            (_, None) => false,
        }
    }
}
