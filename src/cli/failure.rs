//! What can go wrong, in the reference's words for scripts and in ours for people.

use thiserror::Error;

use super::answer;

/// Why a request came to nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum Failure {
    /// The address is none that a request can be sent to. The URL is in quotes.
    #[error("parse {url}: {reason}")]
    BadUrl { url: String, reason: String },
    /// No connection, or no answer on it. The URL is in quotes.
    #[error("fail to request: {verb} {url}: {reason}")]
    NoAnswer {
        verb: &'static str,
        url: String,
        /// In the words of Go, which scripts may look for.
        reason: String,
        /// The same for people.
        plain: String,
        why: Why,
    },
    /// The server's answer is an error.
    #[error("HTTP {status}: {error}")]
    Refused {
        status: u16,
        error: String,
        /// What the server calls it, for programs.
        code: Option<String>,
        /// The server's way out, for people.
        hint: Option<String>,
    },
    /// The server's answer is not what the API answers.
    #[error("{}", answer::decoders_words(*status, body))]
    Foreign { status: u16, body: String },
    /// Something that needs no server to see.
    #[error("{0}")]
    Local(String),
}

/// What kind of reason there is for having no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The address cannot be connected to at all.
    Address,
    /// Nobody listens there.
    Refused { is_port_named: bool },
    /// No host has that name.
    NoHost,
    /// It took too long.
    Slow,
    /// Something else.
    Other,
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

    #[cfg(test)]
    pub(super) fn refused(status: u16, error: &str) -> Self {
        Failure::Refused {
            status,
            error: error.to_owned(),
            code: None,
            hint: None,
        }
    }

    /// What a program can tell failures apart by.
    pub(super) fn code(&self) -> &str {
        match self {
            Failure::BadUrl { .. } => "bad_url",
            Failure::NoAnswer { .. } => "no_answer",
            Failure::Refused { code, .. } => code.as_deref().unwrap_or("refused"),
            Failure::Foreign { .. } => "unexpected_answer",
            Failure::Local(_) => "invalid_command",
        }
    }

    /// The status of the server's answer, if there was one.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Failure::Refused { status, .. } | Failure::Foreign { status, .. } => Some(*status),
            _ => None,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Failure::BadUrl { .. }
            | Failure::NoAnswer {
                why: Why::Address, ..
            } => {
                "Say where the API is with --host HOST:PORT or TOXIPROXY_URL; without both it is localhost:8474."
            }
            Failure::NoAnswer {
                why: Why::NoHost, ..
            } => "Look at --host or TOXIPROXY_URL: the name of the host cannot be resolved here.",
            Failure::NoAnswer {
                why: Why::Refused {
                    is_port_named: false,
                },
                ..
            } => "Without a port a URL means port 80; the API's usual port is 8474.",
            Failure::NoAnswer { .. } => {
                "Is the server running? Start one with `aconite server`, or say where it is with --host or TOXIPROXY_URL."
            }
            Failure::Foreign { .. } => {
                "Is this the address of a control API, and not of a proxy or another server?"
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
