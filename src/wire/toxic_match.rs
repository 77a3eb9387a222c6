//! The `match` of a toxic in answers and in requests: connections, and requests on them.

use serde::{Deserialize, Serialize};

use super::members::Members;

/// The connections that a toxic may apply to, and the requests that it acts on there. An empty field
/// restricts nothing.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Match {
    /// Networks, such as `10.0.0.0/8`. The client must be in one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub client: Vec<String>,
    /// Connection numbers, such as `1-3,7,10-`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub connections: String,
    /// The requests that it acts on; `None` if it does not look at requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpMatch>,
}

/// The requests that a toxic acts on, and which part of the answer. An empty field restricts nothing.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(default)]
pub struct HttpMatch {
    /// One of these methods.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub method: Vec<String>,
    /// A pattern for the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// A pattern for the path, without the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A pattern for the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// What fields of the request must be.
    #[serde(skip_serializing_if = "Members::is_empty")]
    pub headers: Members<HeaderTest>,
    /// Which of the requests that match, such as `1-2,5-`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub requests: String,
    /// Only every so-many-th of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// What the toxicity is drawn for: `request` or `connection`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per: Option<String>,
    /// The status of the answer, such as `429,500-599`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// A pattern for the media type of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Where in the body of the answer it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<AfterPart>,
    /// `events`: the toxic is shown each server-sent event for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
}

/// What a field of the request must be.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum HeaderTest {
    /// Whether there is such a field.
    IsPresent(bool),
    /// A pattern for its value.
    Value(String),
}

/// A place in the body of an answer.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AfterPart {
    /// Behind so many bytes.
    Bytes(u64),
    /// Behind so many server-sent events.
    Events(u64),
}
