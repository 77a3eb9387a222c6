//! Counts of requests: for a toxic, or for a proxy.
//!
//! Connections write while others read. Every number is a relaxed atomic that nothing else depends
//! on.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::answer::Answer;
use super::attempts::{AttemptHits, Attempts};
use super::fingerprint::Fingerprint;
use super::retries::{Retries, RetryHits};
use crate::engine::Moment;

/// The statuses that are counted; others are errors of an upstream.
const FIRST_STATUS: u16 = 100;
const STATUSES: usize = 500;

/// Counts of requests. What is large is allocated when it is first needed.
#[derive(Debug, Default)]
pub struct HttpCounts {
    seen: AtomicU64,
    matched: AtomicU64,
    acted: AtomicU64,
    by_status: OnceLock<Box<[AtomicU64]>>,
    skipped: [AtomicU64; Skip::ALL.len()],
    retries: OnceLock<Box<Retries>>,
    attempts: OnceLock<Box<Attempts>>,
}

/// A snapshot of the counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpHits {
    /// Requests that came: of a proxy all, of a toxic those on connections in its scope.
    pub seen: u64,
    /// Those that the toxic matches, whatever their number and the answer; of a proxy those that any
    /// toxic matches.
    pub matched: u64,
    /// Those that were acted on.
    pub acted: u64,
    /// Answers that clients got, by status: of a proxy all, of a toxic those to requests that it
    /// acted on.
    pub by_status: BTreeMap<u16, u64>,
    /// What was passed on untouched, by reason.
    pub skipped: BTreeMap<Skip, u64>,
    /// Requests that came again after an answer with `Retry-After`.
    pub retries: RetryHits,
    /// Requests for each request of the application. Only of a proxy.
    pub attempts: AttemptHits,
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

impl Skip {
    /// All reasons.
    pub const ALL: [Skip; 4] = [Skip::NotHttp, Skip::Http2, Skip::Unsynced, Skip::Encoded];

    /// The reason's name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Skip::NotHttp => "not_http",
            Skip::Http2 => "http2",
            Skip::Unsynced => "unsynced",
            Skip::Encoded => "encoded",
        }
    }
}

impl HttpCounts {
    /// The counts so far.
    pub fn hits(&self) -> HttpHits {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let statuses = (FIRST_STATUS..).zip(self.by_status.get().into_iter().flatten());
        let skipped = Skip::ALL.into_iter().zip(&self.skipped);
        HttpHits {
            seen: read(&self.seen),
            matched: read(&self.matched),
            acted: read(&self.acted),
            by_status: counted(statuses.map(|(status, count)| (status, read(count)))),
            skipped: counted(skipped.map(|(reason, count)| (reason, read(count)))),
            retries: self
                .retries
                .get()
                .map_or_else(RetryHits::default, |one| one.hits()),
            attempts: self
                .attempts
                .get()
                .map_or_else(AttemptHits::default, |one| one.hits()),
        }
    }

    /// Counts what was passed on untouched. Whoever frames a connection counts it, once a connection
    /// for each toxic that would have looked at it, and once for the proxy.
    pub fn count_skip(&self, reason: Skip) {
        if let Some(count) = self.skipped.get(reason as usize) {
            add(count);
        }
    }

    /// Counts an answer that a client gets.
    pub fn count_status(&self, status: u16) {
        let by_status = self
            .by_status
            .get_or_init(|| (0..STATUSES).map(|_| AtomicU64::new(0)).collect());
        let index = status.checked_sub(FIRST_STATUS).map(usize::from);
        if let Some(count) = index.and_then(|index| by_status.get(index)) {
            add(count);
        }
    }

    /// Counts a request, which may be one that comes again.
    pub(super) fn count_seen(&self, request: &mut Fingerprint<'_>, now: Moment) {
        add(&self.seen);
        if let Some(retries) = self.retries.get() {
            retries.came(request.same(), now);
        }
    }

    /// Counts which attempt a request is.
    pub(super) fn count_attempt(&self, request: &Fingerprint<'_>) {
        if let Some(attempt) = request.attempt() {
            self.attempts.get_or_init(Box::default).count(attempt);
        }
    }

    pub(super) fn count_matched(&self) {
        add(&self.matched);
    }

    pub(super) fn count_acted(&self) {
        add(&self.acted);
    }

    /// Counts an answer that is given in place of the upstream.
    pub(super) fn count_given(&self, answer: &Answer, request: &mut Fingerprint<'_>, now: Moment) {
        self.count_acted();
        self.count_status(answer.status);
        if let Some(retry_after) = answer.retry_after {
            let retries = self.retries.get_or_init(Box::default);
            retries.asked_to_wait(request.same(), retry_after.told(), now);
        }
    }
}

/// Those that were counted at all.
fn counted<K: Ord>(counts: impl Iterator<Item = (K, u64)>) -> BTreeMap<K, u64> {
    counts.filter(|(_, count)| *count > 0).collect()
}

fn add(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}
