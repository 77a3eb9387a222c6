//! Counts of requests: for a toxic, or for a proxy.
//!
//! Connections write while others read. Every number is a relaxed atomic that nothing else depends
//! on, except for the numbers that requests get in the order in which they come.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of requests.
#[derive(Debug, Default)]
pub struct HttpCounts {
    seen: AtomicU64,
    matched: AtomicU64,
    acted: AtomicU64,
}

/// A snapshot of the counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpHits {
    /// Requests that came while the toxic applied to their connection.
    pub seen: u64,
    /// Those that it matches, whatever their number.
    pub matched: u64,
    /// Those that it acted on.
    pub acted: u64,
    /// Answers that clients got, by status.
    pub by_status: BTreeMap<u16, u64>,
    /// What was passed on untouched, by reason.
    pub skipped: BTreeMap<Skip, u64>,
    /// Requests that came again after an answer with `Retry-After`.
    pub retries: u64,
    /// Those that came earlier than it allowed.
    pub early_retries: u64,
}

/// Why something was passed on untouched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// A connection whose bytes cannot be framed as HTTP/1.1 for certain.
    NotHttp,
    /// A connection that speaks HTTP/2.
    Http2,
    /// A connection on which a rule came into force in the middle of a message.
    Unsynced,
    /// An answer whose body is encoded, so that its events and text cannot be told.
    Encoded,
}

impl HttpCounts {
    /// The counts so far.
    pub fn hits(&self) -> HttpHits {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        HttpHits {
            seen: read(&self.seen),
            matched: read(&self.matched),
            acted: read(&self.acted),
            ..HttpHits::default()
        }
    }
}
