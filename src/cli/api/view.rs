//! Proxies and toxics as the API shows them.

use serde::Deserialize;
use serde_json::{Map, Value};

/// A proxy.
#[derive(Debug, Deserialize)]
pub(crate) struct Proxy {
    pub(crate) name: String,
    pub(crate) listen: String,
    pub(crate) upstream: String,
    pub(crate) enabled: bool,
    /// Absent in answers of servers that have none to show.
    #[serde(default)]
    pub(crate) toxics: Vec<Toxic>,
}

/// A toxic.
#[derive(Debug, Deserialize)]
pub(crate) struct Toxic {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) stream: String,
    pub(crate) toxicity: f64,
    #[serde(default)]
    pub(crate) attributes: Map<String, Value>,
    /// What only aconite has, where it is set.
    #[serde(flatten)]
    pub(crate) extras: ToxicOptions,
}

/// What aconite adds to a toxic.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ToxicOptions {
    pub(crate) duration: Option<String>,
    pub(crate) every: Option<String>,
    pub(crate) expires_in: Option<String>,
    /// Whether it acts now; set for those that come and go.
    pub(crate) active: Option<bool>,
    pub(crate) session: Option<String>,
    pub(crate) seed: Option<u64>,
    pub(crate) replay: Option<Replay>,
    #[serde(rename = "match")]
    pub(crate) scope: Option<Scope>,
}

/// The connection whose choices are repeated.
#[derive(Debug, Deserialize)]
pub(crate) struct Replay {
    pub(crate) connection: u64,
}

/// The connections that a toxic may touch.
#[derive(Debug, Deserialize)]
pub(crate) struct Scope {
    #[serde(default)]
    pub(crate) client: Vec<String>,
    #[serde(default)]
    pub(crate) connections: String,
}

impl ToxicOptions {
    /// When the toxic acts, in words; empty: at all times.
    pub(crate) fn when(&self) -> String {
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
    pub(crate) fn settings(&self) -> String {
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
    pub(crate) fn state(&self) -> &'static str {
        if self.enabled { "enabled" } else { "disabled" }
    }
}
