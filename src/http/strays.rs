//! Members of requests that nobody knows: which are left in peace, and how the others are told of.
//!
//! May know: `control`'s doubts. Must not know: routes.

use axum::response::Response;

use super::notes;
use crate::control::{Finding, MAX_WARNINGS};

/// Names that are kept of one proxy or toxic, and characters of each.
const MOST: usize = 8;
const LONGEST: usize = 64;

/// Whether a member says nothing by intention. `Logger` is what servers up to Toxiproxy 2.5 show of
/// every proxy, and clients send back what they got; the other forms are how people write comments
/// into JSON.
pub(super) fn is_harmless(name: &str) -> bool {
    name == "logger"
        || ["_", "$", "//", "#", "x-"]
            .iter()
            .any(|mark| name.starts_with(mark))
}

/// Keeps the name of a member that nobody knows.
pub(super) fn keep(unknown: &mut Vec<String>, name: &str) {
    if is_harmless(name) || unknown.len() >= MOST {
        return;
    }
    let name = match name.char_indices().nth(LONGEST) {
        Some((end, _)) => name.get(..end).unwrap_or_default(),
        None => name,
    };
    unknown.push(name.to_owned());
}

/// Adds what is in doubt to an answer, and tells the log, once a request. `toxic` is given where the
/// request was about one.
pub(super) fn tell(response: &mut Response, proxy: &str, toxic: Option<&str>, doubts: &[String]) {
    if doubts.is_empty() {
        return;
    }
    notes::add_warnings(response, doubts);
    let shown = doubts.get(..notes::MOST_WARNINGS).unwrap_or(doubts);
    tracing::warn!(proxy, toxic, count = doubts.len(), warnings = ?shown,
        "a request was taken, but says what it can hardly mean");
}

/// What is in doubt, one line each, `place` before the field.
pub(super) fn lines(place: &str, doubts: &[Finding]) -> Vec<String> {
    let lines = doubts.iter().map(|doubt| format!("{place}{doubt}"));
    lines.take(MAX_WARNINGS).collect()
}
