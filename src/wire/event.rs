//! Events: what happened, as frames of `GET /events` carry it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::connection::PerStream;
use super::members::Members;
use super::stats::Hits;
use super::toxic::Attributes;

/// The first frame of a stream.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Ready {
    /// [`Ready::NAME`].
    pub event: Cow<'static, str>,
    /// The id of the last event before the stream.
    pub id: String,
}

impl Ready {
    /// What the frame is called.
    pub const NAME: &str = "ready";
}

/// What a follower is told that was too slow, or comes from another run of the server.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Missed {
    /// [`Missed::NAME`].
    pub event: Cow<'static, str>,
    /// How many events; `null` if nobody knows.
    pub missed: Option<u64>,
}

impl Missed {
    /// What the frame is called.
    pub const NAME: &str = "missed";
}

/// One event.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Event {
    /// The run of the server, and the event's number in it.
    pub id: String,
    /// What happened: what it happened to, a dot, and what.
    pub event: Cow<'static, str>,
    /// When, by the clock on the wall.
    pub at: String,
    /// The rest, by what it happened to.
    #[serde(flatten)]
    pub body: EventBody,
    /// The session that the thing belongs to, or whose end was the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Who asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
}

/// Who asked for a change.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Actor {
    /// Where the request came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// What the client calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

/// What an event says of the thing that it is about.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum EventBody {
    /// A connection is over.
    Ended {
        proxy: String,
        connection: u64,
        client: String,
        /// What ended it.
        reason: Cow<'static, str>,
        /// The toxic that did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        toxic: Option<String>,
        /// Why the upstream could not be reached.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        age_ms: u64,
        /// Bytes that the receiving sockets have taken.
        sent: PerStream<u64>,
        /// What toxics did to it.
        touched: Vec<Hit>,
    },
    /// A connection reached its upstream.
    Opened {
        proxy: String,
        connection: u64,
        client: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        upstream: Option<String>,
        /// The toxics that apply to it.
        toxics: Vec<String>,
    },
    /// A toxic was changed.
    Toxic {
        proxy: String,
        toxic: String,
        #[serde(rename = "type")]
        kind: String,
        stream: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        toxicity: Option<f32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attributes: Option<Attributes>,
        /// Old and new values by field, if it was updated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        changes: Option<Changes>,
    },
    /// A proxy was changed.
    Proxy {
        proxy: String,
        listen: String,
        upstream: String,
        /// Old and new values by field, if it was updated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        changes: Option<Changes>,
    },
    /// A session was changed.
    Session {},
}

/// What an update changed, by field; attributes are called `attributes.NAME`.
pub type Changes = Members<Change>;

/// The values of a field that was changed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Change {
    pub old: FieldValue,
    pub new: FieldValue,
}

/// A value of a field.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged)]
pub enum FieldValue {
    /// Anything; this is what values are read as.
    Any(Value),
    /// A toxicity, which has the digits of 32 bits.
    Share(f32),
}

/// A toxic, and what it did to one connection.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// The toxic's name.
    pub name: String,
    /// What it did.
    pub hits: Hits,
}
