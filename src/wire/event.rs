//! Events, as frames of `GET /events` carry them.

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
    /// The name of the frame.
    pub const NAME: &str = "ready";
}

/// The frame for a follower that lagged, or that resumes from another run of the server.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Missed {
    /// [`Missed::NAME`].
    pub event: Cow<'static, str>,
    /// How many events were missed; `null` if that is unknown.
    pub missed: Option<u64>,
}

impl Missed {
    /// The name of the frame.
    pub const NAME: &str = "missed";
}

/// One event.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Event {
    /// The run of the server, and the event's number in it.
    pub id: String,
    /// The kind of event: what it is about, a dot, and what happened.
    pub event: Cow<'static, str>,
    /// The wall-clock time of the event.
    pub at: String,
    /// The other fields, which depend on what the event is about.
    #[serde(flatten)]
    pub body: EventBody,
    /// The session that the object belongs to, or whose end caused the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Who requested the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
}

/// Who requested a change.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Actor {
    /// The address that the request came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The client's user agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

/// The fields of an event that depend on what it is about.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum EventBody {
    /// A connection ended.
    Ended {
        proxy: String,
        connection: u64,
        client: String,
        /// The reason for the end.
        reason: Cow<'static, str>,
        /// The toxic that ended it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        toxic: Option<String>,
        /// Why the upstream could not be reached.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        age_ms: u64,
        /// Bytes that the receivers' sockets have accepted.
        sent: PerStream<u64>,
        /// What toxics did to the connection.
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
    /// Any value; decoding always yields this variant.
    Any(Value),
    /// A toxicity, written with 32-bit precision.
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
