//! What a command line can say about a toxic beyond Toxiproxy, as values.
//!
//! Knows no other module. Must not parse anything.

use std::path::PathBuf;
use std::time::Duration;

/// The options that aconite adds to a toxic. The server parses those that are text here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToxicOptions {
    /// How long it is active before it is removed.
    pub duration: Option<Duration>,
    /// How long it waits before it becomes active.
    pub start_after: Option<Duration>,
    /// The period at which it becomes active again, from start to start.
    pub every: Option<Duration>,
    /// The toxic is removed when this session ends.
    pub session: Option<String>,
    /// The seed of its random draws.
    pub seed: Option<u64>,
    /// The connection whose random draws it repeats on every other connection.
    pub replay: Option<u64>,
    /// Client networks whose connections it may touch. `None`: not given.
    pub clients: Option<Vec<String>>,
    /// Numbers of connections that it may touch, such as `1-3`. `None`: not given.
    pub connections: Option<Vec<String>>,
    /// The requests that it acts on. `None`: not given.
    pub requests: Option<Box<RequestMatch>>,
}

/// `match.http`. What is empty or `None` was not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestMatch {
    /// Methods.
    pub methods: Vec<String>,
    /// A pattern for the host.
    pub host: Option<String>,
    /// A pattern for the path.
    pub path: Option<String>,
    /// A pattern for the query.
    pub query: Option<String>,
    /// What header fields must be.
    pub headers: Vec<(String, HeaderTest)>,
    /// Numbers of matching requests, such as `1-3`.
    pub requests: Vec<String>,
    /// Only every so-many-th of them.
    pub nth: Option<u64>,
    /// What the toxicity is drawn for: `request` or `connection`.
    pub per: Option<String>,
    /// Statuses of the answer, such as `500-599`.
    pub statuses: Vec<String>,
    /// A pattern for the media type of the answer.
    pub content_type: Option<String>,
    /// Where in the body of the answer the toxic begins.
    pub after: Option<After>,
    /// Whether the toxic is shown each server-sent event for itself.
    pub split_events: bool,
}

/// What a header field of the request must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderTest {
    /// There is one.
    Present,
    /// There is none.
    Absent,
    /// Its value fits a pattern.
    Value(String),
}

/// A place in the body of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Behind so many bytes.
    Bytes(u64),
    /// Behind so many server-sent events.
    Events(u64),
}

/// Where a body comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodySource {
    /// The text as it was written.
    Text(String),
    /// A file.
    File(PathBuf),
}
