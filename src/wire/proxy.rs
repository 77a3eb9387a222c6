//! Proxies in answers and in requests.

use serde::{Deserialize, Serialize};

use super::toxic::{NewToxic, Toxic};

/// A proxy, in an answer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Proxy {
    /// Its name.
    pub name: String,
    /// Where it listens, or would listen if it were enabled.
    pub listen: String,
    /// The upstream address.
    pub upstream: String,
    /// Whether it listens.
    pub enabled: bool,
    /// Its toxics; empty if the server does not send them.
    #[serde(default)]
    pub toxics: Vec<Toxic>,
    /// The seed of its random choices, if it has its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The session whose end deletes the proxy or enables it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The name of its profile, whose toxics are among `toxics`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Whether its connections speak HTTP, if that is set; a URL as upstream implies it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<Http>,
}

/// Whether the connections of a proxy speak HTTP.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Http {
    /// They do, or do not.
    Flag(bool),
    /// They do, with these options.
    Options {
        /// Written over the `Host` of requests.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<String>,
        /// Whether locations at the upstream lead back to the proxy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        locations: Option<bool>,
    },
}

/// The answer of `POST /populate`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Populated {
    /// The proxies of the list; `null` if the list is empty, as Go writes a nil slice.
    pub proxies: Option<Vec<Proxy>>,
}

impl From<Vec<Proxy>> for Populated {
    fn from(proxies: Vec<Proxy>) -> Self {
        let proxies = Some(proxies).filter(|list| !list.is_empty());
        Populated { proxies }
    }
}

/// A proxy to create, as a client sends it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NewProxy {
    /// Its name.
    pub name: String,
    /// The listen address.
    pub listen: String,
    /// The upstream address or URL.
    pub upstream: String,
    /// Whether its connections speak HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<Http>,
    /// Whether to listen at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Toxics to create with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub toxics: Vec<NewToxic>,
    /// The profile to put on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The seed of its random choices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The session whose end deletes the proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// The changes to a proxy, as a client sends them. `None` leaves a field unchanged.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ProxyChange {
    /// The new listen address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// The new upstream address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// Whether its connections speak HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<Http>,
    /// Whether to listen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The new seed of its random choices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The session whose end enables the proxy again, if this change disables it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}
