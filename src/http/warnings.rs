//! Warnings about a request that was accepted: in headers of its answer, and in the log.
//!
//! May know: `control`'s findings. Must not know: routes.

use axum::response::Response;

use super::headers;
use crate::control::{Finding, MAX_WARNINGS};

/// Adds what is in doubt to an answer, and tells the log, once a request. `toxic` is given where the
/// request was about one.
pub(super) fn tell(response: &mut Response, proxy: &str, toxic: Option<&str>, doubts: &[String]) {
    if doubts.is_empty() {
        return;
    }
    headers::add_warnings(response, doubts);
    let shown = doubts.get(..headers::MOST_WARNINGS).unwrap_or(doubts);
    tracing::warn!(proxy, toxic, count = doubts.len(), warnings = ?shown,
        "a request was taken, but says what it can hardly mean");
}

/// What is in doubt, one line each, `place` before the field.
pub(super) fn lines(place: &str, doubts: &[Finding]) -> Vec<String> {
    let lines = doubts.iter().map(|doubt| format!("{place}{doubt}"));
    lines.take(MAX_WARNINGS).collect()
}
