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
    /// What only aconite has, where it is set.
    #[serde(flatten)]
    pub(super) extras: ToxicOptions,
}

/// What aconite adds to a toxic.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ToxicOptions {
    pub(super) duration: Option<String>,
    pub(super) every: Option<String>,
    pub(super) expires_in: Option<String>,
    /// Whether it acts now; set for those that come and go.
    pub(super) active: Option<bool>,
    pub(super) session: Option<String>,
    pub(super) seed: Option<u64>,
    pub(super) replay: Option<Replay>,
    #[serde(rename = "match")]
    pub(super) scope: Option<Scope>,
}

/// The connection whose choices are repeated.
#[derive(Debug, Deserialize)]
pub(super) struct Replay {
    pub(super) connection: u64,
}

/// The connections that a toxic may touch.
#[derive(Debug, Deserialize)]
pub(super) struct Scope {
    #[serde(default)]
    pub(super) client: Vec<String>,
    #[serde(default)]
    pub(super) connections: String,
}

impl ToxicOptions {
    /// When the toxic acts, in words; empty: at all times.
    pub(super) fn when(&self) -> String {
        let now = match self.active {
            Some(false) => "waiting",
            _ => "acting",
        };
        let repeated = self.every.as_ref().zip(self.duration.as_ref());
        match (&self.expires_in, repeated, self.active) {
            (Some(left), _, _) => format!("{now}, gone in {left}"),
            (None, Some((every, duration)), _) => format!("{now}, {duration} every {every}"),
            (None, None, Some(_)) => now.to_owned(),
            (None, None, None) => String::new(),
        }
    }

    /// Whose it is, how it chooses and whom it may touch; empty: nothing of it is set.
    pub(super) fn settings(&self) -> String {
        let session = self.session.as_ref().map(|name| format!("session={name}"));
        let seed = self.seed.map(|seed| format!("seed={seed}"));
        let replay = self.replay.as_ref();
        let replay = replay.map(|replay| format!("replay={}", replay.connection));
        let scope = self.scope.as_ref();
        let clients = scope.map(|scope| scope.client.join(","));
        let connections = scope.map(|scope| scope.connections.clone());
        let present = |text: Option<String>| text.filter(|text| !text.is_empty());
        let clients = present(clients).map(|list| format!("client={list}"));
        let connections = present(connections).map(|list| format!("connections={list}"));
        let all = [session, seed, replay, clients, connections];
        all.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

impl Proxy {
    /// `enabled` or `disabled`.
    pub(super) fn state(&self) -> &'static str {
        if self.enabled { "enabled" } else { "disabled" }
    }
}

/// Reads an answer. Errors: it is not the API's.
pub(super) fn read<T: for<'a> Deserialize<'a>>(answer: &Value) -> Result<T, Failure> {
    T::deserialize(answer).map_err(|_| Failure::Foreign {
        status: 200,
        body: match answer {
            Value::Null => String::new(),
            answer => answer.to_string(),
        },
    })
}
