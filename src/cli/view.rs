//! Proxies and toxics as the API shows them.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::failure::Failure;

/// A proxy.
#[derive(Debug, Deserialize)]
pub(super) struct Proxy {
    pub(super) name: String,
    pub(super) listen: String,
    pub(super) upstream: String,
    pub(super) enabled: bool,
    /// Absent in answers of servers that have none to show.
    #[serde(default)]
    pub(super) toxics: Vec<Toxic>,
}

/// A toxic.
#[derive(Debug, Deserialize)]
pub(super) struct Toxic {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) stream: String,
    pub(super) toxicity: f64,
    #[serde(default)]
    pub(super) attributes: Map<String, Value>,
}

impl Proxy {
    /// `enabled` or `disabled`.
    pub(super) fn state(&self) -> &'static str {
        if self.enabled { "enabled" } else { "disabled" }
    }
}

/// Reads an answer. Errors: it is not the API's.
pub(super) fn read<T: for<'a> Deserialize<'a>>(answer: &Value) -> Result<T, Failure> {
    T::deserialize(answer).map_err(|error| Failure::Foreign {
        status: 200,
        body: error.to_string(),
    })
}
