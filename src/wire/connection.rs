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
    /// How many it accepted.
    pub accepted: u64,
    /// How many of these are open.
    pub open: usize,
    /// Those that were asked for.
    pub connections: Vec<Connection<'a>>,
}

/// A connection. What nobody knows any more of one that is closed is `null`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Connection<'a> {
    /// Its number in the proxy, from 1.
    pub id: u64,
    /// Who opened it.
    pub client: Option<String>,
    /// Where the upstream was reached; `null` before that.
    pub upstream: Option<String>,
    /// `dialing`, `open` or `closed`.
    pub state: String,
    /// How long it has been there, in milliseconds.
    pub age_ms: Option<u64>,
    /// Bytes by the stream that they belong to.
    pub bytes: PerStream<Transferred>,
    /// Bytes that wait in the server.
    pub queued: PerStream<usize>,
    /// The toxics of its proxy. Absent in answers of servers that have none to show.
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
    /// Those that were read from the sender.
    pub received: u64,
    /// Those that the receiver's socket has taken.
    pub sent: u64,
}

/// A toxic, and whether it applies to a connection. An answer may have a hundred thousand of these, so
/// the server does not copy their texts.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ToxicOnConnection<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: Cow<'a, str>,
    /// Its stream as it was given.
    pub stream: Cow<'a, str>,
    /// The share of connections that it applies to.
    pub toxicity: f32,
    /// The connection's random draw.
    pub draw: f64,
    /// Whether the toxic's `match` covers the connection.
    pub matches: bool,
    /// Whether the toxic applies.
    pub applies: bool,
    /// The connection whose draw it is.
    pub as_connection: u64,
    /// What it did to the connection.
    pub hits: Hits,
}
