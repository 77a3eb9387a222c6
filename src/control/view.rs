//! The plain values that [`Control`](super::Control) takes and returns.

use std::time::Duration;

use super::toxic::options::ToxicOptions;
use crate::engine::{Accuracy, Hits};
use crate::net::EndKind;
use crate::protocol::http::HttpHits;
use crate::toxics::{Value, Values};

/// A proxy to create.
#[derive(Clone, Debug, Default)]
pub struct NewProxy {
    /// The name; `None` and empty are refused.
    pub name: Option<String>,
    /// The listen address, in the syntax of Go's `net.Listen`; `None` is empty: any address, any port.
    pub listen: Option<String>,
    /// The upstream address or its URL, `http://HOST[:PORT]`; `None` and empty are refused.
    pub upstream: Option<String>,
    /// Whether its connections speak HTTP; `None` is no, unless the upstream is a URL.
    pub http: Option<HttpSetting>,
    /// Whether to listen at once; `None` is yes.
    pub enabled: Option<bool>,
    /// Toxics to create together with it.
    pub toxics: Vec<NewToxic>,
    /// The profile to put on. A toxic of the list that has the name, kind and stream of one of the profile's takes
    /// that one's place.
    pub profile: Option<String>,
    /// The seed of its random choices; `None` is the server's.
    pub seed: Option<u64>,
    /// The session at whose end it is deleted.
    pub session: Option<String>,
    /// Unknown fields of the request, up to a limit. They have no effect but warnings.
    pub unknown: Vec<String>,
}

/// Whether the connections of a proxy speak HTTP, as a request gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpSetting {
    /// They do not.
    Off,
    /// They do.
    On(HttpOptions),
}

/// What a proxy does because its connections speak HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpOptions {
    /// Written over the `Host` of requests. `None` is the host of the upstream if that is a URL, and
    /// otherwise what the client sends.
    pub host: Option<String>,
    /// Whether locations at the upstream lead back to the proxy. `None` is yes if the upstream is a URL.
    pub locations: Option<bool>,
}

impl HttpSetting {
    /// The options, if HTTP is on.
    pub(super) fn options(self) -> Option<HttpOptions> {
        match self {
            HttpSetting::Off => None,
            HttpSetting::On(options) => Some(options),
        }
    }
}

/// Changes to a proxy; `None` leaves a field unchanged.
#[derive(Clone, Debug, Default)]
pub struct ProxyChange {
    /// The new listen address.
    pub listen: Option<String>,
    /// The new upstream address or URL.
    pub upstream: Option<String>,
    /// Whether its connections speak HTTP.
    pub http: Option<HttpSetting>,
    /// Whether to enable or disable it.
    pub enabled: Option<bool>,
    /// The new seed of its random choices.
    pub seed: Option<u64>,
    /// The session at whose end it is enabled again, if this update disables it.
    pub session: Option<String>,
    /// Unknown fields of the request, up to a limit. They have no effect but warnings.
    pub unknown: Vec<String>,
}

/// A toxic to create.
#[derive(Clone, Debug, Default)]
pub struct NewToxic {
    /// The name; `None` and empty mean `<type>_<stream>`.
    pub name: Option<String>,
    /// The kind; empty is refused like any unknown one.
    pub kind: String,
    /// `upstream` or `downstream`, in any case; `None` is `downstream`. `both` creates a toxic for each,
    /// named `NAME_upstream` and `NAME_downstream`.
    pub stream: Option<String>,
    /// The share of connections that it applies to; `None` is 1.
    pub toxicity: Option<f32>,
    /// Its attributes by name, in lower case. The last of duplicates counts, and [`Value::Null`] counts as
    /// not given.
    pub attributes: Vec<(String, Value)>,
    /// Options: when it acts, on which connections, and its random choices.
    pub options: ToxicOptions,
    /// Other members of the request, up to a limit: attributes that are placed beside `attributes`, and
    /// unknown fields, which have no effect but warnings.
    pub beside: Vec<(String, Value)>,
}

/// Changes to a toxic.
#[derive(Clone, Debug, Default)]
pub struct ToxicChange {
    /// Attributes to set; the others are unchanged.
    pub attributes: Vec<(String, Value)>,
    /// The new toxicity; `None` leaves it unchanged.
    pub toxicity: Option<f32>,
    /// Changes to its options.
    pub options: ToxicOptions,
    /// Other members of the request, up to a limit: attributes that are placed beside `attributes`, and
    /// unknown fields, which have no effect but warnings.
    pub beside: Vec<(String, Value)>,
}

/// The current state of a proxy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProxyView {
    /// The name.
    pub name: String,
    /// The bound address while enabled; the last bound address while disabled; as given if never enabled.
    pub listen: String,
    /// The upstream address or URL as given.
    pub upstream: String,
    /// The options of HTTP as given; `None` if they are off, or follow from the upstream alone.
    pub http: Option<HttpOptions>,
    /// Whether it listens.
    pub enabled: bool,
    /// Its toxics: upstream ones first, each stream in order of creation.
    pub toxics: Vec<ToxicView>,
    /// The name of its profile, while any of the profile's toxics is there.
    pub profile: Option<String>,
    /// Whether the profile's toxics are all there and as the profile defines them, so that its name says all.
    pub is_profile_plain: bool,
    /// The seed of its random choices, if it has one of its own.
    pub seed: Option<u64>,
    /// The session at whose end it is deleted, or enabled again.
    pub session: Option<String>,
    /// Whether the session's end deletes the proxy.
    pub created_in_session: bool,
}

/// The current state of a toxic.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToxicView {
    /// The name.
    pub name: String,
    /// The kind.
    pub kind: &'static str,
    /// The stream as it was given.
    pub stream: String,
    /// The share of connections that it applies to, as given.
    pub toxicity: f32,
    /// Attributes in the order of the catalogue, as given, except those that are placed beside them.
    pub attributes: Values,
    /// Attributes that are placed beside the others and are set, in the order of the catalogue.
    pub beside: Values,
    /// The given options: when it acts, on which connections, and its random choices.
    pub options: ToxicOptions,
    /// The time until it expires.
    pub expires_in: Option<Duration>,
    /// Whether it acts now; `None` if that never changes while it exists.
    pub active: Option<bool>,
    /// The upstream toxic that the same request created; only in the answer to that request.
    pub partner: Option<String>,
    /// Whether it belongs to the proxy's profile.
    pub in_profile: bool,
}

impl ToxicView {
    /// Whether nobody has changed its settings since it was like `made`.
    pub(super) fn has_settings_of(&self, made: &ToxicView) -> bool {
        self.toxicity.to_bits() == made.toxicity.to_bits()
            && self.attributes == made.attributes
            && self.beside == made.beside
            && self.options == made.options
    }
}

/// A profile to put on.
#[derive(Clone, Debug, Default)]
pub struct NewProfile {
    /// The profile's name; `None` and empty are refused.
    pub name: Option<String>,
    /// Options of its toxics, in place of those that the profile defines.
    pub options: ToxicOptions,
    /// Unknown fields of the request, up to a limit. They have no effect but warnings.
    pub unknown: Vec<String>,
}

/// The profile of a proxy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProfileView {
    /// Identifies it among all profiles that were put on.
    pub id: u64,
    /// The name.
    pub name: String,
    /// One sentence for users.
    pub description: String,
    /// Where its numbers come from.
    pub source: String,
    /// Its toxics that are there, as they are: upstream ones first.
    pub toxics: Vec<ToxicView>,
    /// The names of those that were removed.
    pub missing: Vec<String>,
    /// The names of those whose settings were changed.
    pub changed: Vec<String>,
}

/// Bytes of one direction of the connections of one proxy address pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficView {
    /// `upstream` or `downstream`.
    pub direction: &'static str,
    /// The proxy's name.
    pub proxy: String,
    /// Its bound listen address.
    pub listener: String,
    /// Its upstream address.
    pub upstream: String,
    /// Bytes read from the sending side.
    pub received: u64,
    /// Bytes written to the receiving side.
    pub sent: u64,
    /// Connections, of both directions, that ended because of a defect of this program.
    pub breakdowns: u64,
}

/// How many connections one proxy address pair had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionCounts {
    /// The proxy's name.
    pub proxy: String,
    /// Its bound listen address.
    pub listener: String,
    /// Its upstream address.
    pub upstream: String,
    /// How many were accepted.
    pub accepted: u64,
    /// How many of them have not ended.
    pub open: u64,
    /// How many ended, and in which way.
    pub ended: [(EndKind, u64); EndKind::ALL.len()],
}

/// What went through a proxy since it was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyStatsView {
    /// The proxy's name.
    pub name: String,
    /// How many connections it accepted.
    pub accepted: u64,
    /// How many of them are open.
    pub open: usize,
    /// Its requests; `None` if it does not look at them and never did.
    pub http: Option<HttpHits>,
}

/// What a toxic did since it was created.
#[derive(Clone, Debug, PartialEq)]
pub struct StatsView {
    /// The proxy's name.
    pub proxy: String,
    /// The toxic's name.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// Its stream as it was given.
    pub stream: String,
    /// The session that it was made in.
    pub session: Option<String>,
    /// What it did, on all connections.
    pub hits: Hits,
    /// How accurately the proxy achieved the requested delays and rates.
    pub exactness: Accuracy,
    /// What it did to requests; `None` for a toxic that does not look at them.
    pub http: Option<HttpHits>,
}
