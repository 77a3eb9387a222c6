//! What can go wrong with an operation on proxies, in the reference's words where it has them.

use thiserror::Error;

use super::limits::NAME_LIMIT;

/// Why an operation was refused. Nothing has changed then, but for `Listen` of an update, which
/// leaves the proxy disabled under its new address (as the reference does).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ControlError {
    /// No proxy of that name.
    #[error("proxy not found")]
    ProxyNotFound,
    /// No toxic of that name on the proxy.
    #[error("toxic not found")]
    ToxicNotFound,
    /// No live connection of that number.
    #[error("connection not found")]
    ConnectionNotFound,
    /// The name is taken.
    #[error("proxy already exists")]
    ProxyExists,
    /// No session of that name.
    #[error("session not found")]
    SessionNotFound,
    /// The name of a session is taken.
    #[error("session already exists")]
    SessionExists,
    /// A proxy is to be replaced by one that goes with a session, and was not made in it.
    #[error(
        "proxy {proxy:?} was not made in session {session:?}, and would be gone at its end: leave session out, or choose another name"
    )]
    OfNoSession {
        /// The proxy that is there.
        proxy: String,
        /// The session.
        session: String,
    },
    /// There are as many sessions as there may be.
    #[error("too many sessions: the limit is {0}; end some")]
    TooManySessions(usize),
    /// There are as many followers of events as there may be.
    #[error("too many follow the events: the limit is {0}; close some")]
    TooManyFollowers(usize),
    /// The name is taken, in either stream of the proxy.
    #[error("toxic already exists")]
    ToxicExists,
    /// A field is missing or empty, for example `name` or `upstream at proxy 2`.
    #[error("missing required field: {0}")]
    MissingField(String),
    /// The stream is neither `upstream` nor `downstream`.
    #[error("stream was invalid, can be either upstream or downstream")]
    InvalidStream,
    /// No such kind of toxic.
    #[error("invalid toxic type")]
    InvalidToxicType,
    /// An attribute is of the wrong type or out of range; says which, its value and what is taken.
    #[error("bad request body: {0}")]
    BadValue(String),
    /// There are as many of them as there may be.
    #[error(
        "too many {what}: the limit is {limit}; remove some, or start the server with a higher {flag}"
    )]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there may be.
        limit: usize,
        /// The server's flag that sets the limit.
        flag: &'static str,
    },
    /// A name of more than [`NAME_LIMIT`](super::NAME_LIMIT) bytes.
    #[error("a name of {length} bytes is too long: choose one of at most {NAME_LIMIT}")]
    LongName {
        /// Its length in bytes.
        length: usize,
    },
    /// The listen address cannot be read, resolved or bound; the text is Go's.
    #[error("{0}")]
    Listen(String),
    /// A bug; the log has the details.
    #[error("internal error: the operation broke down, the server's log says where")]
    Broken,
}

impl ControlError {
    /// The same, as an error in the `index`-th toxic of a proxy that is to be created.
    pub(super) fn of_toxic(self, index: usize) -> Self {
        let problem = match self {
            ControlError::BadValue(problem) => problem,
            error => error.to_string(),
        };
        ControlError::BadValue(format!("toxics[{index}]: {problem}"))
    }
}

/// Why a list of proxies was refused; none of it has taken effect.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{error}")]
pub struct PopulateError {
    /// What went wrong.
    pub error: ControlError,
    /// The position of the entry at fault, from 0.
    pub entry: usize,
}
