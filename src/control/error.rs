//! What can go wrong with an operation on proxies, in the reference's words where it has them.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

use super::limits::NAME_LIMIT;
use crate::net::{AddressError, is_lack_of_descriptors};
use crate::toxics::AttributeError;

/// Why an operation was refused. Nothing has changed then, but for `Listen` of an update, which
/// leaves the proxy disabled under its new address (as the reference does).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ControlError {
    /// No proxy of that name.
    #[error("proxy not found")]
    ProxyNotFound {
        /// The name that was asked for.
        proxy: String,
    },
    /// No toxic of that name on the proxy.
    #[error("toxic not found")]
    ToxicNotFound {
        /// The proxy, which is there.
        proxy: String,
        /// The name that was asked for.
        toxic: String,
    },
    /// No live connection of that number.
    #[error("connection not found")]
    ConnectionNotFound {
        /// The proxy, which is there.
        proxy: String,
        /// The number that was asked for, or what stands in its place.
        connection: String,
    },
    /// The name is taken.
    #[error("proxy already exists")]
    ProxyExists {
        /// The name.
        proxy: String,
    },
    /// No session of that name.
    #[error("session not found")]
    SessionNotFound {
        /// The name that was asked for.
        session: String,
    },
    /// The name of a session is taken.
    #[error("session already exists")]
    SessionExists {
        /// The name.
        session: String,
    },
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
    ToxicExists {
        /// The name, which may be made of type and stream.
        toxic: String,
    },
    /// A field is missing or empty, for example `name` or `upstream at proxy 2`.
    #[error("missing required field: {0}")]
    MissingField(String),
    /// The stream is neither `upstream` nor `downstream`.
    #[error("stream was invalid, can be either upstream or downstream")]
    InvalidStream {
        /// What was given.
        stream: String,
    },
    /// No such kind of toxic.
    #[error("invalid toxic type")]
    InvalidToxicType {
        /// What was given; empty if nothing was.
        kind: String,
    },
    /// An attribute is of the wrong type or out of range; says which, its value and what is taken.
    #[error("bad request body: {0}")]
    BadValue(String),
    /// A toxic of a proxy that is to be created is refused.
    #[error("bad request body: toxics[{index}]: {}", .error.without_preamble())]
    InToxic {
        /// Which of the toxics, from 0.
        index: usize,
        /// What is wrong with it.
        error: Box<ControlError>,
    },
    /// An attribute is missing, of the wrong type or out of range.
    #[error("bad request body: {error}")]
    BadAttribute {
        /// The kind of the toxic.
        kind: &'static str,
        /// Which attribute, its value and what is taken.
        error: AttributeError,
    },
    /// What a strict server does not take.
    #[error("bad request body: {problem}")]
    Doubtful {
        /// The field.
        field: String,
        /// Which field, what is wrong with it and what would be right.
        problem: String,
        /// Whether it is a field that nobody knows.
        unknown: bool,
    },
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
    /// An address is longer than any that means something.
    #[error("{what} has a {part} of {length} bytes: the limit is {limit}")]
    LongAddress {
        /// The field: `listen` or `upstream`.
        what: &'static str,
        /// The part of it that is too long: `host` or `port`.
        part: &'static str,
        /// Its length in bytes.
        length: usize,
        /// How long it may be.
        limit: usize,
    },
    /// A list names one proxy over and over.
    #[error("proxy {0:?} is in the list more than twice: list each proxy once")]
    NamedTooOften(String),
    /// A name of more than [`NAME_LIMIT`](super::NAME_LIMIT) bytes.
    #[error("a name of {length} bytes is too long: choose one of at most {NAME_LIMIT}")]
    LongName {
        /// Its length in bytes.
        length: usize,
    },
    /// The listen address cannot be read, resolved or bound.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The server is told to stop, and this would start something.
    #[error("the server is stopping: nothing is created or enabled any more")]
    Stopping,
    /// A bug; the log has the details.
    #[error("internal error: the operation broke down, the server's log says where")]
    Broken,
}

impl ControlError {
    /// The same, as an error in the `index`-th toxic of a proxy that is to be created.
    #[must_use]
    pub fn of_toxic(self, index: usize) -> Self {
        let error = Box::new(self);
        ControlError::InToxic { index, error }
    }

    /// What is wrong, without the words that are for the sender of a request.
    pub fn without_preamble(&self) -> String {
        let text = self.to_string();
        match text.strip_prefix("bad request body: ") {
            Some(problem) => problem.to_owned(),
            None => text,
        }
    }
}

/// Why nobody can listen on an address; the text is Go's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text}")]
pub struct ListenError {
    /// The address as it was given.
    pub address: String,
    /// The same as far as it was understood; no host is the unspecified address.
    pub at: Option<SocketAddr>,
    /// What kind of fault it is.
    pub fault: ListenFault,
    /// The whole in Go's words.
    pub text: String,
}

/// What can be wrong with an address to listen on, as far as the ways out differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenFault {
    /// It is no `host:port`.
    Malformed,
    /// The host has no address.
    UnknownHost,
    /// Somebody listens there.
    InUse,
    /// No interface of this machine has it.
    NotAvailable,
    /// This process may not take the port.
    NotPermitted,
    /// File descriptors have run out.
    NoDescriptors,
    /// Anything else that the system may say.
    Other,
}

impl ListenError {
    /// Of an address that cannot be read or resolved.
    pub(super) fn of_address(address: &str, text: String, error: &AddressError) -> Self {
        let fault = match error {
            AddressError::UnknownHost { .. } => ListenFault::UnknownHost,
            _ => ListenFault::Malformed,
        };
        ListenError {
            address: address.to_owned(),
            at: None,
            fault,
            text,
        }
    }

    /// Of an address that the system does not give.
    pub(super) fn of_system(
        (address, at): (&str, Option<SocketAddr>),
        text: String,
        error: &io::Error,
    ) -> Self {
        use io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
        let fault = match error.kind() {
            AddrInUse => ListenFault::InUse,
            AddrNotAvailable => ListenFault::NotAvailable,
            PermissionDenied => ListenFault::NotPermitted,
            _ if is_lack_of_descriptors(error) => ListenFault::NoDescriptors,
            _ => ListenFault::Other,
        };
        ListenError {
            address: address.to_owned(),
            at,
            fault,
            text,
        }
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
