//! Sessions.

use serde::{Deserialize, Serialize};

use super::span::Span;

/// The answer of `GET /sessions`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Sessions {
    /// The open sessions.
    pub sessions: Vec<Session>,
}

/// A session, in an answer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Session {
    /// Its name.
    pub name: String,
    /// The time to live; each renewal restarts it.
    pub ttl: Span,
    /// The time that is left.
    pub expires_in: Span,
}

/// A session to start, or the changes to one, as a client sends them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NewSession {
    /// Its name; `None` lets the server choose one. Renewals have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The time to live; `None` means the server's default, or no change in a renewal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Span>,
}
