//! Sessions.

use serde::{Deserialize, Serialize};

use super::span::Span;

/// The answer of `GET /sessions`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Sessions {
    /// Those that are open.
    pub sessions: Vec<Session>,
}

/// A session, in an answer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Session {
    /// Its name.
    pub name: String,
    /// How long it lives unless it is renewed.
    pub ttl: Span,
    /// How much of that is left.
    pub expires_in: Span,
}

/// A session to start, or what to change of one: what a client sends.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NewSession {
    /// Its name; `None`: the server makes one. Renewals have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How long it lives; `None`: as the server has it, or as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Span>,
}
