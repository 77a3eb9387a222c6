//! Cuts a framed answer into the chunks that toxics are to see.

use std::sync::Arc;

use crate::engine::Marks;
use crate::protocol::EventScanner;
use crate::protocol::http::Marking;
use crate::protocol::http1::{BodyFraming, BodyReader, PartKind, Refusal};

/// Follows the body of an answer as the client is to see it, and says where a chunk must end: where
/// toxics begin to be shown it, and behind each server-sent event if they want those one by one.
#[derive(Debug)]
pub(super) struct Pieces {
    reader: BodyReader,
    marking: Marking,
    /// There is something to look for within the body.
    walks: bool,
    /// Finds the ends of events; present only if they matter.
    scanner: Option<EventScanner>,
    /// Bytes and whole events of the content that have passed.
    bytes: u64,
    events: u64,
}

/// The part of the bytes that forms one chunk.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) len: usize,
    /// The body ends behind it.
    pub(super) done: bool,
    /// The marks of the chunk.
    pub(super) marks: Option<Arc<Marks>>,
}

impl Pieces {
    pub(super) fn new(framing: BodyFraming, mut marking: Marking) -> Self {
        marking.reach(0, 0);
        let scanner = marking.counts_events().then(EventScanner::new);
        let walks = scanner.is_some() || marking.next_byte().is_some();
        Pieces {
            reader: BodyReader::new(framing),
            marking,
            walks,
            scanner,
            bytes: 0,
            events: 0,
        }
    }

    /// Whether a chunk may have to end within the body.
    pub(super) fn walks(&self) -> bool {
        self.walks
    }

    /// The marks of what comes next.
    pub(super) fn marks(&self) -> Option<Arc<Marks>> {
        self.marking.marks.clone()
    }

    /// The next piece at the start of these bytes.
    ///
    /// # Errors
    /// The bytes are no body with this framing.
    pub(super) fn next(&mut self, bytes: &[u8]) -> Result<Piece, Refusal> {
        let mut marks = self.marks();
        let len = match self.walks {
            true => self.walk(bytes, &mut marks)?,
            false => self.reader.advance(bytes)?.len,
        };
        let done = self.reader.is_done();
        Ok(Piece { len, done, marks })
    }

    /// The length of the next piece: up to the next border, the end of the body or of the bytes.
    fn walk(&mut self, bytes: &[u8], marks: &mut Option<Arc<Marks>>) -> Result<usize, Refusal> {
        let mut len = 0;
        while let Some(rest) = bytes.get(len..).filter(|rest| !rest.is_empty()) {
            if self.reader.is_done() {
                break;
            }
            let mut ahead = self.reader;
            let part = ahead.next(rest)?;
            if part.kind != PartKind::Payload {
                self.reader = ahead;
                len += part.len;
                continue;
            }
            let content = rest.get(..part.len).unwrap_or_default();
            let (size, is_border) = self.measure(content);
            let taken = content.get(..size).unwrap_or_default();
            self.reader.advance(taken)?;
            self.bytes += size as u64;
            len += size;
            if is_border && self.is_border() {
                if len > 0 {
                    return Ok(len + self.line_end(bytes.get(len..).unwrap_or_default())?);
                }
                *marks = self.marks();
            }
        }
        Ok(len)
    }

    /// How much of the content comes before the next place to look at, and whether there is one.
    fn measure(&mut self, content: &[u8]) -> (usize, bool) {
        let left = self
            .marking
            .next_byte()
            .map(|at| at.saturating_sub(self.bytes));
        let left = left.and_then(|left| usize::try_from(left).ok());
        let window = left.map_or(content.len(), |left| left.min(content.len()));
        let seen = content.get(..window).unwrap_or_default();
        let event = self.scanner.as_mut().and_then(|scanner| scanner.next(seen));
        self.events += u64::from(event.is_some());
        let is_border = event.is_some() || left == Some(window);
        (event.unwrap_or(window), is_border)
    }

    /// Whether the chunk must end here. Toxics that begin here see what follows.
    fn is_border(&mut self) -> bool {
        let begins = self.marking.reach(self.bytes, self.events);
        begins || self.marking.split_events
    }

    /// The line end behind a chunk of the transfer coding belongs to it: some clients wait for it.
    fn line_end(&mut self, rest: &[u8]) -> Result<usize, Refusal> {
        if !rest.starts_with(b"\r\n") {
            return Ok(0);
        }
        let mut ahead = self.reader;
        match ahead.next(rest)?.kind {
            PartKind::Payload => Ok(0),
            PartKind::Framing | PartKind::Trailers => {
                Ok(self.reader.advance(rest.get(..2).unwrap_or_default())?.len)
            }
        }
    }
}
