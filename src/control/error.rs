//! Why an operation on proxies, toxics or sessions is refused.
//!
//! Responsible for one error type whose variants hold the object, the value and the accepted values,
//! so that callers match on variants and never on text. Where Toxiproxy has a message, the text is
//! that message. Must not know HTTP or the command line: those modules tell a client or an operator
//! what to do about an error.

use std::fmt;

use thiserror::Error;

use super::check::finding::Finding;
use super::listen_error::ListenError;
use crate::net::BuiltIn;
use crate::toxics::AttributeError;

/// Why an operation was refused. A refused operation has changed nothing, with one exception: `Listen`
/// from an update leaves the proxy disabled under its new address, as Toxiproxy does.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ControlError {
    /// No proxy has that name.
    #[error("proxy not found")]
    ProxyNotFound {
        /// The requested name.
        proxy: String,
    },
    /// No toxic of the proxy has that name.
    #[error("toxic not found")]
    ToxicNotFound {
        /// The proxy, which exists.
        proxy: String,
        /// The requested name.
        toxic: String,
    },
    /// No open connection has that number.
    #[error("connection not found")]
    ConnectionNotFound {
        /// The proxy, which exists.
        proxy: String,
        /// The requested number, or the text that was given instead of a number.
        connection: String,
    },
    /// Another proxy has the name.
    #[error("proxy already exists")]
    ProxyExists {
        /// The name.
        proxy: String,
    },
    /// No session has the name that an operation addresses.
    #[error("session not found")]
    SessionNotFound {
        /// The requested name.
        session: String,
    },
    /// Another session has the name.
    #[error("session already exists")]
    SessionExists {
        /// The name.
        session: String,
    },
    /// A new proxy or toxic, or an update, names a session that does not exist.
    #[error("session is {session:?}, but there is none, or it has ended")]
    UnknownSession {
        /// The name, shortened if it is long.
        session: String,
    },
    /// Populate would replace a proxy that the session did not create.
    #[error(
        "proxy {proxy:?} was not made in session {session:?}, and would be gone at its end: leave session out, or choose another name"
    )]
    NotInSession {
        /// The existing proxy.
        proxy: String,
        /// The session.
        session: String,
    },
    /// The proxy has no profile.
    #[error("profile not found")]
    NoProfile {
        /// The proxy, which exists.
        proxy: String,
    },
    /// A request or a new proxy names a profile that does not exist.
    #[error("no profile is named {profile:?}")]
    UnknownProfile {
        /// The name, shortened if it is long.
        profile: String,
    },
    /// Another toxic of the proxy has the name of one of the profile's.
    #[error(
        "toxic {toxic:?} exists, and profile {profile:?} needs that name: remove the toxic first"
    )]
    ProfileClash {
        /// The profile.
        profile: String,
        /// The toxic's name.
        toxic: String,
    },
    /// A session would replace a profile that it did not put on.
    #[error(
        "proxy {proxy:?} has profile {profile:?}, which was not put on in session {session:?}, and would not come back at its end: take it off first, or leave session out"
    )]
    ProfileNotInSession {
        /// The proxy.
        proxy: String,
        /// Its profile.
        profile: String,
        /// The session.
        session: String,
    },
    /// Another toxic of the proxy has the name, in either stream.
    #[error("toxic already exists")]
    ToxicExists {
        /// The name, which may be the default `<type>_<stream>`.
        toxic: String,
    },
    /// A required field is missing or empty.
    #[error("missing required field: {field}{}", position(*.entry))]
    MissingField {
        /// The field.
        field: &'static str,
        /// The position of the proxy in a list of proxies, from 0.
        entry: Option<usize>,
    },
    /// The stream is neither `upstream` nor `downstream`.
    #[error("stream was invalid, can be either upstream or downstream")]
    InvalidStream {
        /// The given stream.
        stream: String,
    },
    /// No kind of toxic has that name.
    #[error("invalid toxic type")]
    InvalidToxicType {
        /// The given kind; empty if none was given.
        kind: String,
    },
    /// A field has a value of the right type that cannot be used.
    #[error("{field} is {value}: {remedy}")]
    BadValue {
        /// The field.
        field: &'static str,
        /// The given value.
        value: String,
        /// What is accepted.
        remedy: &'static str,
    },
    /// An attribute is missing, of the wrong type or out of range.
    #[error("{error}")]
    BadAttribute {
        /// The kind of the toxic.
        kind: &'static str,
        /// The attribute, its value and what is accepted.
        error: AttributeError,
    },
    /// A toxic of a new proxy is refused.
    #[error("toxics[{index}]: {error}")]
    InToxic {
        /// The position of the toxic, from 0.
        index: usize,
        /// What is wrong with it.
        error: Box<ControlError>,
    },
    /// A custom profile is refused.
    #[error("profile {profile:?}: {error}")]
    InProfile {
        /// The profile's name.
        profile: String,
        /// What is wrong with it.
        error: Box<ControlError>,
    },
    /// Strict mode refused a senseless value that Toxiproxy would accept.
    #[error("{}", .finding.refusal())]
    Strict {
        /// What is wrong.
        finding: Finding,
    },
    /// The limit on the number of an object has been reached.
    #[error("too many {what}: the limit is {limit}")]
    TooMany {
        /// The limited object.
        what: Limited,
        /// The limit.
        limit: usize,
    },
    /// An address is longer than any valid address.
    #[error("{field} has a {part} of {length} bytes: the limit is {limit}")]
    LongAddress {
        /// The field: `listen` or `upstream`.
        field: &'static str,
        /// The part that is too long: `host` or `port`.
        part: &'static str,
        /// Its length in bytes.
        length: usize,
        /// The greatest length that is accepted.
        limit: usize,
    },
    /// The upstream has no port and is nearly the name of a built-in upstream.
    #[error("upstream is {upstream:?}, which is no built-in upstream; did you mean \"{meant}\"?")]
    NoBuiltIn {
        /// The upstream as given.
        upstream: String,
        /// The nearest built-in upstream.
        meant: BuiltIn,
    },
    /// A list contains one proxy more than twice.
    #[error("proxy {proxy:?} is in the list more than twice: list each proxy once")]
    ProxyRepeated {
        /// The name.
        proxy: String,
    },
    /// A name is too long.
    #[error("a name of {length} bytes is too long: choose one of at most {limit}")]
    LongName {
        /// Its length in bytes.
        length: usize,
        /// The greatest length that is accepted.
        limit: usize,
    },
    /// The listen address cannot be read, resolved or bound.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The server is stopping, and the operation would start something.
    #[error("the server is stopping: nothing is created or enabled any more")]
    Stopping,
    /// A bug: the operation panicked.
    #[error("internal error")]
    Broken,
}

impl ControlError {
    /// Wraps the error as one of the toxic at position `index` of a new proxy.
    #[must_use]
    pub fn in_toxic(self, index: usize) -> Self {
        let error = Box::new(self);
        ControlError::InToxic { index, error }
    }

    /// Wraps the error as one of a custom profile.
    pub(super) fn in_profile(self, profile: &str) -> Self {
        ControlError::InProfile {
            profile: profile.to_owned(),
            error: Box::new(self),
        }
    }
}

/// Toxiproxy counts the proxies of a list from 1.
fn position(entry: Option<usize>) -> String {
    let place = |entry| format!(" at proxy {}", entry + 1);
    entry.map(place).unwrap_or_default()
}

/// The objects whose number is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// Proxies.
    Proxies,
    /// Toxics of one proxy.
    Toxics,
    /// Memory of toxics on open connections, in bytes.
    ToxicMemory,
    /// Custom profiles.
    Profiles,
    /// Sessions.
    Sessions,
    /// Followers of events.
    Followers,
}

impl fmt::Display for Limited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Limited::Proxies => "proxies",
            Limited::Toxics => "toxics on one proxy",
            Limited::ToxicMemory => "bytes of memory for toxics on open connections",
            Limited::Profiles => "profiles",
            Limited::Sessions => "sessions",
            Limited::Followers => "followers of events",
        })
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
