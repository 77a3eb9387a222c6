//! Why bytes are not touched.

use thiserror::Error;

use super::limits;
use crate::protocol::http::Skip;

/// Why bytes cannot be framed as HTTP/1.1 for certain. Such bytes are passed on untouched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The bytes are TLS records.
    #[error("the bytes are TLS")]
    Tls,
    /// The client speaks HTTP/2 with prior knowledge (RFC 9113, section 3.4).
    #[error("the client speaks HTTP/2")]
    Http2,
    /// The bytes do not begin with a request line.
    #[error("the bytes do not begin with a request line of HTTP/1.0 or 1.1")]
    NoRequestLine,
    /// The bytes do not begin with a status line.
    #[error("the bytes do not begin with a status line of HTTP/1.0 or 1.1")]
    NoStatusLine,
    /// A line of the head is wrong: a character that may not be there, or a missing colon.
    #[error("the head is not well-formed")]
    Malformed,
    /// A field goes on in a second line (RFC 9112, section 5.2).
    #[error("a field is folded over two lines")]
    Folded,
    /// A carriage return without a line feed (RFC 9112, section 2.2).
    #[error("the head has a carriage return without a line feed")]
    BareCarriageReturn,
    /// The head is too long.
    #[error("the head has more than {} bytes", limits::HEAD)]
    HeadTooLong,
    /// The head has too many fields.
    #[error("the head has more than {} fields", limits::FIELDS)]
    TooManyFields,
    /// Two fields disagree about the end of the body (RFC 9112, section 6.1).
    #[error("the head has both Content-Length and Transfer-Encoding")]
    LengthAndEncoding,
    /// There is no telling which length is meant.
    #[error("the head has lengths that differ")]
    LengthsDiffer,
    /// A length is no number of 64 bits.
    #[error("Content-Length is not a number of bytes")]
    NoLength,
    /// The transfer codings do not tell where the body ends.
    #[error("Transfer-Encoding does not say where the body ends")]
    UnclearEncoding,
    /// The line of a chunk is wrong or too long.
    #[error("a chunk does not begin with its size, or does not end where it should")]
    WrongChunk,
    /// The trailers are wrong or too long.
    #[error(
        "the trailers are not well-formed, or have more than {} bytes",
        limits::TRAILERS
    )]
    WrongTrailers,
}

impl Refusal {
    /// What the connection is counted as.
    pub fn skip(self) -> Skip {
        match self {
            Refusal::Http2 => Skip::Http2,
            _ => Skip::NotHttp,
        }
    }
}
