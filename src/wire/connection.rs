//! Connections of a proxy, and whether its toxics apply to them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::stats::Hits;

/// The answer of `GET /proxies/{proxy}/connections`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Connections<'a> {
    /// The proxy's name.
    pub proxy: String,
    /// The seed of its random choices.
    pub seed: u64,
    /// How many connections the proxy has accepted.
    pub accepted: u64,
    /// How many of these are open.
    pub open: usize,
    /// The connections that were requested.
    pub connections: Vec<Connection<'a>>,
}

/// A connection. Fields that are no longer known after it closed are `null`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Connection<'a> {
    /// Its number in the proxy, from 1.
    pub id: u64,
    /// The client's address.
    pub client: Option<String>,
    /// The upstream address that was reached; `null` before that.
    pub upstream: Option<String>,
    /// `dialing`, `open` or `closed`.
    pub state: String,
    /// How long the connection has existed, in milliseconds.
    pub age_ms: Option<u64>,
    /// Bytes of each stream.
    pub bytes: PerStream<Transferred>,
    /// Bytes that are queued in the server.
    pub queued: PerStream<usize>,
    /// What it carries: `http/1.1`, `http/2`, or why it is not looked at; left out while that is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Requests that have come on it; left out if the proxy does not look at requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// The proxy's toxics; empty if the server does not send them.
    #[serde(default)]
    pub toxics: Vec<ToxicOnConnection<'a>>,
}

/// A value for each stream.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct PerStream<T> {
    /// From the client to the server.
    pub upstream: T,
    /// From the server to the client.
    pub downstream: T,
}

/// Bytes of one stream.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Transferred {
    /// Bytes read from the sender.
    pub received: u64,
    /// Bytes that the receiver's socket has accepted.
    pub sent: u64,
}

/// A toxic, and whether it applies to a connection. An answer may have a hundred thousand of these, so the
/// server borrows their strings instead of copying them.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ToxicOnConnection<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: Cow<'a, str>,
    /// Its stream, spelled as the client gave it.
    pub stream: Cow<'a, str>,
    /// The share of connections that it applies to.
    pub toxicity: f32,
    /// The connection's random draw.
    pub draw: f64,
    /// Whether the toxic's `match` covers the connection.
    pub matches: bool,
    /// Whether the toxic applies.
    pub applies: bool,
    /// Whether it still waits for what its `after` says; left out for a toxic without `after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<bool>,
    /// The number of the connection whose draw is used; `replay` can name another connection.
    pub as_connection: u64,
    /// What the toxic did to the connection.
    pub hits: Hits,
}
