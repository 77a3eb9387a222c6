//! `match.http`: which requests a toxic acts on, and which part of the answer.

use std::num::NonZero;
use std::ops::RangeInclusive;

use super::pattern::Pattern;

/// Which requests a toxic acts on. An empty list and `None` restrict nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpMatch {
    /// One of these methods, compared with regard to case.
    pub methods: Vec<String>,
    /// The host that the request names, in lower case, with or without its port.
    pub host: Option<Pattern>,
    /// The path, with percent-escapes of unreserved characters decoded (RFC 3986, section 2.3).
    pub path: Option<Pattern>,
    /// The query, as sent. A request without one has an empty query.
    pub query: Option<Pattern>,
    /// Fields of the request, all of which must fit.
    pub headers: Vec<(String, HeaderTest)>,
    /// Which of the requests that fit all of the above, counted from 1 over all connections since
    /// the toxic was added or its `match` was changed.
    pub requests: Vec<RangeInclusive<u64>>,
    /// Only every so-many-th of them.
    pub nth: Option<NonZero<u64>>,
    /// What a draw of the toxicity decides about.
    pub per: Per,
    /// The status of the answer.
    pub status: Vec<RangeInclusive<u16>>,
    /// The media type of the answer, in lower case, without parameters.
    pub content_type: Option<Pattern>,
    /// Where in the body of the answer the toxic begins.
    pub after: Option<AfterPart>,
    /// Show the toxic each server-sent event as a chunk of its own.
    pub split_events: bool,
}

/// What a field of the request must be.
#[derive(Clone, Debug, PartialEq)]
pub enum HeaderTest {
    /// There is one, whatever its value.
    Present,
    /// There is none.
    Absent,
    /// There is one whose value fits.
    Value(Pattern),
}

/// A place in the body of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterPart {
    /// Behind so many bytes of the body.
    Bytes(u64),
    /// Behind so many server-sent events.
    Events(u64),
}

/// What a draw of the toxicity decides about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Per {
    /// One request.
    #[default]
    Request,
    /// All requests of a connection.
    Connection,
}

impl HttpMatch {
    /// Whether it concerns a part of the answer's body.
    pub fn looks_into_body(&self) -> bool {
        self.after.is_some() || self.split_events
    }
}
