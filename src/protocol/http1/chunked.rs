//! The chunked transfer coding (RFC 9112, section 7.1).
//!
//! Lines must end in CR LF. A recipient may not take less (section 7.1.1), and those that do differ
//! about where a chunk ends.

use super::limits;
use super::part::{Part, PartKind};
use super::refusal::Refusal;

/// Where in a chunked body the next byte is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chunked {
    state: State,
    /// The size of the chunk, as far as it has been read, and then what is left of it.
    size: u64,
    /// The bytes of this line, or of the trailers.
    seen: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Before the first digit of a size.
    #[default]
    Start,
    Size,
    /// White space behind the size.
    Space,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    /// At the start of a line of the trailers.
    Trailers,
    Trailer,
    TrailerLf,
    LastLf,
    Done,
}

impl Chunked {
    /// The longest run of bytes of one kind at the start of these.
    ///
    /// # Errors
    /// The bytes are no chunked body.
    pub fn next(&mut self, bytes: &[u8]) -> Result<Part, Refusal> {
        if self.state == State::Data {
            return Ok(self.data(bytes));
        }
        let kind = match self.in_trailers() {
            true => PartKind::Trailers,
            false => PartKind::Framing,
        };
        let mut len = 0;
        for byte in bytes {
            self.step(*byte)?;
            len += 1;
            let changes = self.state == State::Data || self.in_trailers();
            if self.state == State::Done || changes && kind == PartKind::Framing {
                break;
            }
        }
        Ok(Part { len, kind })
    }

    /// Whether the message has ended.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    fn in_trailers(&self) -> bool {
        use State::{LastLf, Trailer, TrailerLf, Trailers};
        matches!(self.state, Trailers | Trailer | TrailerLf | LastLf)
    }

    fn data(&mut self, bytes: &[u8]) -> Part {
        let len = bytes
            .len()
            .min(usize::try_from(self.size).unwrap_or(usize::MAX));
        self.size -= len as u64;
        if self.size == 0 {
            self.state = State::DataCr;
        }
        Part {
            len,
            kind: PartKind::Payload,
        }
    }

    fn step(&mut self, byte: u8) -> Result<(), Refusal> {
        match self.in_trailers() {
            true => self.trailer(byte),
            false => self.framing(byte),
        }
    }

    fn framing(&mut self, byte: u8) -> Result<(), Refusal> {
        self.state = match (self.state, byte) {
            (State::Start | State::Size, byte) if byte.is_ascii_hexdigit() => self.digit(byte)?,
            (State::Size | State::Space, b' ' | b'\t') => State::Space,
            (State::Size | State::Space, b';') => State::Extension,
            (State::Size | State::Space | State::Extension, b'\r') => State::SizeLf,
            (State::Extension, byte) if byte == b'\t' || !byte.is_ascii_control() => {
                State::Extension
            }
            (State::SizeLf, b'\n') => self.begin_data(),
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => State::Start,
            _ => return Err(Refusal::WrongChunk),
        };
        self.count(limits::CHUNK_LINE, Refusal::WrongChunk)?;
        if matches!(self.state, State::Start | State::Data | State::Trailers) {
            self.seen = 0;
        }
        Ok(())
    }

    fn digit(&mut self, byte: u8) -> Result<State, Refusal> {
        let digit = char::from(byte).to_digit(16).ok_or(Refusal::WrongChunk)?;
        let size = self.size.checked_mul(16).ok_or(Refusal::WrongChunk)?;
        self.size = size + u64::from(digit);
        Ok(State::Size)
    }

    fn begin_data(&self) -> State {
        match self.size {
            0 => State::Trailers,
            _ => State::Data,
        }
    }

    fn trailer(&mut self, byte: u8) -> Result<(), Refusal> {
        self.state = match (self.state, byte) {
            (State::Trailers, b'\r') => State::LastLf,
            (State::Trailers, byte) if !byte.is_ascii_control() && byte != b' ' => State::Trailer,
            (State::Trailer, b'\r') => State::TrailerLf,
            (State::Trailer, byte) if byte == b'\t' || !byte.is_ascii_control() => State::Trailer,
            (State::TrailerLf, b'\n') => State::Trailers,
            (State::LastLf, b'\n') => State::Done,
            _ => return Err(Refusal::WrongTrailers),
        };
        self.count(limits::TRAILERS, Refusal::WrongTrailers)
    }

    fn count(&mut self, most: u32, refusal: Refusal) -> Result<(), Refusal> {
        self.seen += 1;
        match self.seen > most {
            true => Err(refusal),
            false => Ok(()),
        }
    }
}
