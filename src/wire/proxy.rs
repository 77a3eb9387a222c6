//! Proxies, as answers show them and as requests ask for them.

use serde::{Deserialize, Serialize};

use super::toxic::{NewToxic, Toxic};

/// A proxy, in an answer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Proxy {
    /// Its name.
    pub name: String,
    /// Where it listens, or would if it were enabled.
    pub listen: String,
    /// Where it connects to.
    pub upstream: String,
    /// Whether it listens.
    pub enabled: bool,
    /// Its toxics. Absent in answers of servers that have none to show.
    #[serde(default)]
    pub toxics: Vec<Toxic>,
    /// The seed of its random choices, if it has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The session at whose end it is deleted, or enabled again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// The answer of `POST /populate`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Populated {
    /// The proxies of the list; `null` if the list is empty, as Go writes a list that nobody made.
    pub proxies: Option<Vec<Proxy>>,
}

impl From<Vec<Proxy>> for Populated {
    fn from(proxies: Vec<Proxy>) -> Self {
        let proxies = Some(proxies).filter(|list| !list.is_empty());
        Populated { proxies }
    }
}

/// A proxy to create: what a client sends.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NewProxy {
    /// Its name.
    pub name: String,
    /// Where to listen.
    pub listen: String,
    /// Where to connect to.
    pub upstream: String,
    /// Whether to listen at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Toxics to create with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub toxics: Vec<NewToxic>,
    /// The seed of its random choices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The session at whose end it is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// What to change of a proxy: what a client sends. `None` leaves a thing as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ProxyChange {
    /// The new listen address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// The new upstream address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// Whether it shall listen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The new seed of its random choices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The session at whose end it is enabled again, if this disables it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}
