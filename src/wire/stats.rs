//! Statistics of a toxic, and how accurately it acted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The answer of `GET /proxies/{proxy}/toxics/{toxic}/stats`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Stats {
    /// The toxic's name.
    pub name: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its stream, spelled as the client gave it.
    pub stream: String,
    /// The session that created it, which tells it from an earlier toxic of the same name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// What it did, summed over all connections.
    pub hits: Hits,
    /// Delays, if it delayed anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<Delay>,
    /// Rates, if it limits one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// Whether the requested delays and rates were achieved: `ok`, `degraded` or `unknown`.
    pub accuracy: String,
    /// Requests, if the toxic looks at them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<Requests>,
    /// What was passed on untouched, by reason, if the toxic looks at requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<Skipped>,
    /// Requests that came again after an answer with `Retry-After`, if the toxic looks at requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<Retries>,
}

/// The answer of `GET /proxies/{proxy}/stats`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ProxyStats {
    /// The proxy's name.
    pub name: String,
    /// How many connections it accepted since it was created.
    pub accepted: u64,
    /// How many of them are open.
    pub open: u64,
    /// Requests, if the proxy looks at them, or did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<Requests>,
    /// What was passed on untouched, by reason, if the proxy looks at requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<Skipped>,
    /// Requests that came again after an answer with `Retry-After`, if the proxy looks at requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<Retries>,
    /// Requests for each request of the application, if the proxy looks at requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<Attempts>,
}

/// How many requests came for each request of the application, where their headers tell.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Attempts {
    /// Requests whose headers tell which request of the application they belong to.
    pub all: u64,
    /// Those that were first attempts.
    pub first: u64,
    /// `all` for each `first`; left out if there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amplification: Option<f64>,
}

/// Counts of requests.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Requests {
    /// Of a toxic those that came on connections that it may act on, of a proxy all.
    pub seen: u64,
    /// Those that the toxic matches, or any toxic of the proxy, whatever their number and the answer.
    pub matched: u64,
    /// Those that were acted on.
    pub acted: u64,
    /// Answers, by status: of a toxic to those that it acted on, of a proxy all.
    pub by_status: BTreeMap<u16, u64>,
}

/// Counts of what was passed on untouched.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Connections whose bytes cannot be framed as HTTP/1.1 for certain.
    pub not_http: u64,
    /// Connections that speak HTTP/2.
    pub http2: u64,
    /// Connections on which a rule came into force in the middle of a message.
    pub unsynced: u64,
    /// Answers whose body is encoded, so that its events and text cannot be told.
    pub encoded: u64,
}

/// Requests that came again after an answer with `Retry-After`.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Retries {
    /// How many came.
    pub count: u64,
    /// How many of them came earlier than it allowed.
    pub early: u64,
    /// How long after the answer they came; left out if there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_ms: Option<Milliseconds>,
}

/// Counts of what a toxic did.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Hits {
    /// Connections that it touched.
    pub connections: u64,
    /// Bytes that it has seen.
    pub bytes: u64,
    /// Chunks, and ends of streams, that left later because of it.
    pub delayed: u64,
    /// Connections that it closed.
    pub closed: u64,
    /// Connections that it reset.
    pub reset: u64,
    /// Bytes that passed it because they could not be framed, if there were any.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unframed: u64,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Delays in milliseconds.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Delay {
    /// The delays that the toxic requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Milliseconds>,
    /// The delays that were achieved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub achieved: Option<Milliseconds>,
    /// How late chunks left, beyond the requested delay.
    pub late: Milliseconds,
}

/// The median, the 99th percentile and the maximum of some times, in milliseconds.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Milliseconds {
    pub p50: f64,
    pub p99: f64,
    pub max: f64,
}

/// Rates in bytes per second.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// The requested rate.
    pub asked: u64,
    /// The achieved rates.
    pub achieved: Rates,
}

/// The median, the 99th percentile and the maximum of some rates, in bytes per second.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Rates {
    pub p50: u64,
    pub p99: u64,
    pub max: u64,
}
