//! What can go wrong, in the reference's words for scripts and in ours for people.

use thiserror::Error;

/// Why a request came to nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum Failure {
    /// The address is none that a request can be sent to.
    #[error("parse {url:?}: {reason}")]
    BadUrl { url: String, reason: String },
    /// No connection, or no answer on it.
    #[error("fail to request: {verb} {url:?}: {reason}")]
    NoAnswer {
        verb: &'static str,
        url: String,
        reason: String,
    },
    /// The server's answer is an error.
    #[error("HTTP {status}: {error}")]
    Refused { status: u16, error: String },
    /// The server's answer is not what the API answers.
    #[error("json: the answer (HTTP {status}) is not the API's: {body}")]
    Foreign { status: u16, body: String },
    /// Something that needs no server to see.
    #[error("{0}")]
    Local(String),
}

/// A command that failed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{outer}{doing}{inner}{failure}")]
pub(super) struct Problem {
    /// What the reference says before what was being done.
    pub(super) outer: &'static str,
    /// What was being done, with the colon behind it.
    pub(super) doing: String,
    /// What the reference says behind it: the name of a function.
    pub(super) inner: &'static str,
    /// Why it failed.
    pub(super) failure: Box<Failure>,
    /// The way out, if there is more to say than the failure does.
    pub(super) hint: Option<String>,
}

impl Failure {
    /// Says what was being done.
    pub(super) fn in_doing(self, doing: impl Into<String>) -> Problem {
        let hint = self.hint();
        Problem {
            outer: "",
            doing: doing.into(),
            inner: "",
            failure: Box::new(self),
            hint,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Failure::NoAnswer { .. } => {
                "Is the server running? Start one with `aconite server`, or say where it is with --host or TOXIPROXY_URL."
            }
            Failure::Refused { status: 401, .. } => {
                "The server wants a token: set TOXIPROXY_AUTH_TOKEN to it."
            }
            Failure::Foreign { .. } => {
                "Is this the address of a control API? A proxy whose name has a slash cannot be reached by its name."
            }
            _ => return None,
        };
        Some(text.to_owned())
    }
}

impl Problem {
    /// Something that needs no server to see.
    pub(super) fn local(text: impl Into<String>) -> Self {
        Failure::Local(text.into()).in_doing("")
    }

    /// Adds what only the reference says, before and behind what was being done.
    pub(super) fn between(mut self, outer: &'static str, inner: &'static str) -> Self {
        (self.outer, self.inner) = (outer, inner);
        self
    }

    /// Adds a way out.
    pub(super) fn with_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }
}
