//! Where the body of a message ends, and which of its bytes are the payload.

use super::chunked::Chunked;
use super::message::BodyFraming;
use super::part::{Part, PartKind};
use super::refusal::Refusal;

/// Follows one body to its end. It keeps no bytes: what it says is how many of those that it is shown
/// belong to the message.
#[derive(Clone, Copy, Debug)]
pub struct BodyReader {
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// So many bytes are left.
    Length(u64),
    Chunked(Chunked),
    UntilEnd,
}

/// How many of the bytes belong to the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The bytes of the message at the start of those that were shown. All of them unless it ends.
    pub len: usize,
    /// Whether the message ends behind them.
    pub done: bool,
}

impl BodyReader {
    /// At the start of a body with this framing.
    pub fn new(framing: BodyFraming) -> Self {
        let state = match framing {
            BodyFraming::None => State::Length(0),
            BodyFraming::Length(length) => State::Length(length),
            BodyFraming::Chunked => State::Chunked(Chunked::default()),
            BodyFraming::UntilEnd => State::UntilEnd,
        };
        BodyReader { state }
    }

    /// Whether the message has ended. That can be so from the start.
    pub fn is_done(&self) -> bool {
        match &self.state {
            State::Length(left) => *left == 0,
            State::Chunked(chunked) => chunked.is_done(),
            State::UntilEnd => false,
        }
    }

    /// Whether the end of the connection is the end of the message, and not a loss.
    pub fn may_end(&self) -> bool {
        self.is_done() || matches!(self.state, State::UntilEnd)
    }

    /// Follows the body through these bytes, which come behind those of earlier calls.
    ///
    /// # Errors
    /// A chunk or the trailers are wrong. Where the message ends is then unknown.
    pub fn advance(&mut self, bytes: &[u8]) -> Result<Span, Refusal> {
        let mut len = 0;
        while let Some(rest) = bytes.get(len..).filter(|rest| !rest.is_empty()) {
            if self.is_done() {
                break;
            }
            len += self.next(rest)?.len;
        }
        let done = self.is_done();
        Ok(Span { len, done })
    }

    /// Follows the body through the run of bytes of one kind at the start of these.
    ///
    /// # Errors
    /// As [`BodyReader::advance`].
    pub fn next(&mut self, bytes: &[u8]) -> Result<Part, Refusal> {
        let kind = PartKind::Payload;
        match &mut self.state {
            State::Length(left) => {
                let len = bytes
                    .len()
                    .min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= len as u64;
                Ok(Part { len, kind })
            }
            State::Chunked(chunked) if chunked.is_done() => Ok(Part { len: 0, kind }),
            State::Chunked(chunked) => chunked.next(bytes),
            State::UntilEnd => Ok(Part {
                len: bytes.len(),
                kind,
            }),
        }
    }
}
