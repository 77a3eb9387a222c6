//! What a rule does to a request or to its answer.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::answer::Answer;
use crate::engine::Direction;

/// What a rule does to a request or to its answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Shows the bytes of the answer to the toxic's own stage.
    Mark,
    /// Answers in place of the upstream, which never sees the request.
    Respond(Arc<Answer>),
    /// Answers in place of the upstream once so many requests have come in the current window.
    RateLimit {
        /// Requests that pass in each window.
        requests: u64,
        /// The length of a window; above zero.
        window: Duration,
        /// The answer past the limit. Its `retry_after`, if it has one, gets the rest of the window.
        answer: Arc<Answer>,
    },
    /// Replaces the status of the upstream's answer, and its body if one is given.
    Status(StatusEdit),
    /// Sets and removes fields of requests or answers.
    Headers(HeaderEdit),
    /// Changes the body of the upstream's answer.
    Body(BodyEdit),
    /// Ends the answer early, as if it were whole: no client sees an error.
    Truncate(Truncation),
}

/// Replaces the status of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusEdit {
    /// The new status, 200 to 599.
    pub status: u16,
    /// Its new body, if it is replaced.
    pub body: Option<BodyEdit>,
}

/// Sets and removes fields.
#[derive(Clone, Debug, PartialEq)]
pub struct HeaderEdit {
    /// Whose fields: `Upstream` for requests, `Downstream` for answers.
    pub of: Direction,
    /// A name and its only value from now on; `None` removes the field.
    pub fields: Vec<(String, Option<String>)>,
}

/// Changes the body of an answer. Positions count bytes of the body as it is behind any encoding of
/// the transfer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BodyEdit {
    /// The whole new body, encoded as `content_encoding` says.
    pub replace: Option<Bytes>,
    /// Bytes put in at the place that `match.http.after` names, or at the end.
    pub insert: Option<Bytes>,
    /// Send the last whole server-sent event before that place once more, so often.
    pub repeat_event: u32,
    /// End the body behind so many bytes, counted from that place or from its start.
    pub truncate: Option<u64>,
    /// The new `Content-Type`; an empty one removes the field.
    pub content_type: Option<String>,
    /// The new `Content-Encoding`; an empty one removes the field.
    pub content_encoding: Option<String>,
}

/// Where an answer ends early.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Truncation {
    /// So many bytes of the body behind the place that `match.http.after` names.
    pub bytes: u64,
}
