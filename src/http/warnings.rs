//! Warnings about an accepted request, in headers of its answer and in the log.
//!
//! May know: `control`'s findings. Must not know: routes.

use axum::response::Response;

use super::headers;
use crate::control::{Finding, MAX_WARNINGS};

/// Adds warnings to an answer and logs them once for the request. `toxic` is given if the request was about a
/// toxic.
pub(super) fn tell(response: &mut Response, proxy: &str, toxic: Option<&str>, doubts: &[String]) {
    if doubts.is_empty() {
        return;
    }
    headers::add_warnings(response, doubts);
    let shown = doubts.get(..headers::MOST_WARNINGS).unwrap_or(doubts);
    tracing::warn!(proxy, toxic, count = doubts.len(), warnings = ?shown,
        "a request was taken, but says what it can hardly mean");
}

/// Formats findings as one line each, with `place` before the field.
pub(super) fn lines(place: &str, doubts: &[Finding]) -> Vec<String> {
    let lines = doubts.iter().map(|doubt| format!("{place}{doubt}"));
    lines.take(MAX_WARNINGS).collect()
}
