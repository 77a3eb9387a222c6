//! What is known about a message once its head is complete.

use super::refusal::Refusal;
use crate::protocol::http::{RequestHead, ResponseHead};

/// What reading a head came to.
#[derive(Clone, Copy, Debug)]
pub enum Parsed<T> {
    /// The head is complete.
    Complete(T),
    /// The head needs more bytes.
    Partial,
    /// The bytes are not HTTP/1.1 for certain, whatever follows.
    Refused(Refusal),
}

/// The version of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1.
    Http11,
}

/// The method of a request, as far as the framing of its answer depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// `HEAD`, whose answer has no body.
    Head,
    /// `CONNECT`, whose answer with a status 2xx has no end.
    Connect,
    /// Any other.
    #[default]
    Other,
}

impl Method {
    /// The method with this name. Case counts (RFC 9110, section 9.1).
    pub fn of(name: &str) -> Self {
        match name {
            "HEAD" => Method::Head,
            "CONNECT" => Method::Connect,
            _ => Method::Other,
        }
    }
}

/// Where the body of a message ends (RFC 9112, section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFraming {
    /// There is no body.
    None,
    /// After so many bytes.
    Length(u64),
    /// After its last chunk and the trailers.
    Chunked,
    /// Where the connection ends. Only for answers.
    UntilEnd,
}

/// A request whose head is complete.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The head as rules see it.
    pub head: RequestHead<'a>,
    /// The bytes of the head, with the empty line behind it and empty lines before it.
    pub len: usize,
    /// The version that the client speaks.
    pub version: Version,
    /// The method, as far as the framing of the answer depends on it.
    pub method: Method,
    /// Where the body ends.
    pub framing: BodyFraming,
    /// Whether another request may follow on the connection (RFC 9112, section 9.3).
    pub keeps_alive: bool,
    /// Whether the client may wait for a `100 Continue` before it sends the body.
    pub expects_continue: bool,
    /// Whether the client asks for another protocol with `Upgrade`.
    pub upgrade: bool,
}

/// An answer whose head is complete.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    /// The head as rules see it.
    pub head: ResponseHead<'a>,
    /// The bytes of the head, with the empty line behind it.
    pub len: usize,
    /// The version that the server speaks.
    pub version: Version,
    /// Where the body ends.
    pub framing: BodyFraming,
    /// Whether another answer may follow on the connection (RFC 9112, section 9.3).
    #[allow(dead_code, reason = "for tests")]
    pub keeps_alive: bool,
    /// Whether the final answer to the same request follows: a status 1xx except 101.
    pub interim: bool,
    /// Whether what follows is no longer HTTP/1.1: a 101, or a 2xx to `CONNECT`.
    pub tunnel: bool,
}
