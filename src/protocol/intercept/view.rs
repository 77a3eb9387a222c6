//! What is known about the HTTP of one connection, packed into a number that the API reads.

use std::fmt;

use crate::protocol::http1::Refusal;

/// What a connection carries, and how many requests it has carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionHttp {
    /// What it carries; `None` before the first request.
    pub protocol: Option<Protocol>,
    /// Requests whose heads have come.
    pub requests: u64,
}

/// What a connection carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.0 or HTTP/1.1.
    Http1,
    /// HTTP/2.
    Http2,
    /// Whatever the peers agreed on by `Upgrade` or `CONNECT`.
    Tunnel,
    /// Unknown: a rule came when the connection was open, and no request has begun since.
    Unsynced,
    /// The upstream sent bytes that answer no request.
    Unasked,
    /// Bytes that cannot be framed.
    Opaque(Refusal),
}

/// The protocols by their numbers: 1 is the first.
const NUMBERED: [Protocol; 20] = [
    Protocol::Http1,
    Protocol::Http2,
    Protocol::Tunnel,
    Protocol::Unsynced,
    Protocol::Unasked,
    Protocol::Opaque(Refusal::Tls),
    Protocol::Opaque(Refusal::Http2),
    Protocol::Opaque(Refusal::NoRequestLine),
    Protocol::Opaque(Refusal::NoStatusLine),
    Protocol::Opaque(Refusal::Malformed),
    Protocol::Opaque(Refusal::Folded),
    Protocol::Opaque(Refusal::BareCarriageReturn),
    Protocol::Opaque(Refusal::HeadTooLong),
    Protocol::Opaque(Refusal::TooManyFields),
    Protocol::Opaque(Refusal::LengthAndEncoding),
    Protocol::Opaque(Refusal::LengthsDiffer),
    Protocol::Opaque(Refusal::NoLength),
    Protocol::Opaque(Refusal::UnclearEncoding),
    Protocol::Opaque(Refusal::WrongChunk),
    Protocol::Opaque(Refusal::WrongTrailers),
];

impl ConnectionHttp {
    /// Reads the number that the interceptor has published about a connection
    /// ([`Tally::published`](crate::engine::Tally::published)).
    pub fn of_published(number: u64) -> Self {
        let code = usize::try_from(number & 0xff).unwrap_or_default();
        let protocol = code.checked_sub(1).and_then(|code| NUMBERED.get(code));
        ConnectionHttp {
            protocol: protocol.copied(),
            requests: number >> 8,
        }
    }

    /// The number to publish.
    pub(super) fn packed(self) -> u64 {
        let of = |protocol| NUMBERED.iter().position(|other| *other == protocol);
        let code = self.protocol.and_then(of).map_or(0, |code| code as u64 + 1);
        self.requests << 8 | code
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Protocol::Http1 => f.write_str("http/1.1"),
            Protocol::Http2 => f.write_str("http/2"),
            Protocol::Tunnel => f.write_str("tunnel"),
            Protocol::Unsynced => f.write_str("opaque: no request has begun since the first rule"),
            Protocol::Unasked => f.write_str("opaque: the upstream answers no request"),
            Protocol::Opaque(refusal) => write!(f, "opaque: {refusal}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_is_read_again() {
        for protocol in NUMBERED.map(Some).into_iter().chain([None]) {
            let requests = 123_456;
            let view = ConnectionHttp { protocol, requests };
            assert_eq!(ConnectionHttp::of_published(view.packed()), view);
        }
    }
}
