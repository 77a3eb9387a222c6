//! What goes into and comes out of [`Control`](super::Control): plain values.

use std::time::Duration;

use super::toxic::options::ToxicOptions;
use crate::engine::{Accuracy, Hits};
use crate::net::EndKind;
use crate::toxics::{Value, Values};

/// A proxy to create.
#[derive(Clone, Debug, Default)]
pub struct NewProxy {
    /// The name; `None` and empty are refused.
    pub name: Option<String>,
    /// Where to listen, as Go's `net.Listen` reads it; `None` is empty: any address, any port.
    pub listen: Option<String>,
    /// Where to connect to; `None` and empty are refused.
    pub upstream: Option<String>,
    /// Whether to listen at once; `None` is yes.
    pub enabled: Option<bool>,
    /// Toxics to create together with it.
    pub toxics: Vec<NewToxic>,
    /// The seed of its random choices; `None` is the server's.
    pub seed: Option<u64>,
    /// The session at whose end it is deleted.
    pub session: Option<String>,
    /// Names that were given and are no field, as far as they are kept; nothing comes of them.
    pub unknown: Vec<String>,
}

/// What to change of a proxy; `None` leaves a thing as it is.
#[derive(Clone, Debug, Default)]
pub struct ProxyChange {
    /// The new listen address.
    pub listen: Option<String>,
    /// The new upstream address.
    pub upstream: Option<String>,
    /// Whether it shall listen.
    pub enabled: Option<bool>,
    /// The new seed of its random choices.
    pub seed: Option<u64>,
    /// The session at whose end it is enabled again, if this disables it.
    pub session: Option<String>,
    /// Names that were given and are no field, as far as they are kept; nothing comes of them.
    pub unknown: Vec<String>,
}

/// A toxic to create.
#[derive(Clone, Debug, Default)]
pub struct NewToxic {
    /// The name; `None` and empty mean `<type>_<stream>`.
    pub name: Option<String>,
    /// The kind; empty is refused like any unknown one.
    pub kind: String,
    /// `upstream` or `downstream`, in any case; `None` is `downstream`.
    pub stream: Option<String>,
    /// The share of connections that it applies to; `None` is 1.
    pub toxicity: Option<f32>,
    /// Its attributes by name, in lower case. Of one that is there twice the last counts, and
    /// [`Value::Null`] is not given.
    pub attributes: Vec<(String, Value)>,
    /// When it acts, on whom, and how it chooses.
    pub extras: ToxicOptions,
    /// Names that were given and are no field, as far as they are kept; nothing comes of them.
    pub unknown: Vec<String>,
}

/// What to change of a toxic.
#[derive(Clone, Debug, Default)]
pub struct ToxicChange {
    /// Attributes to set; the others stay.
    pub attributes: Vec<(String, Value)>,
    /// The new toxicity; `None` leaves it.
    pub toxicity: Option<f32>,
    /// What to change of when it acts, on whom, and how it chooses.
    pub extras: ToxicOptions,
    /// Names that were given and are no field, as far as they are kept; nothing comes of them.
    pub unknown: Vec<String>,
}

/// A proxy as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProxyView {
    /// The name.
    pub name: String,
    /// The bound address while enabled; afterwards what it was; as given if never enabled.
    pub listen: String,
    /// The upstream address as given.
    pub upstream: String,
    /// Whether it listens.
    pub enabled: bool,
    /// Its toxics: upstream ones first, each stream in order of creation.
    pub toxics: Vec<ToxicView>,
    /// The seed of its random choices, if it has one of its own.
    pub seed: Option<u64>,
    /// The session at whose end it is deleted, or enabled again.
    pub session: Option<String>,
    /// Whether it is deleted then.
    pub created_in_session: bool,
}

/// A toxic as it is.
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
    /// Attributes in the order of the catalogue, as given.
    pub attributes: Values,
    /// When it acts, on whom, and how it chooses, as far as that was given.
    pub extras: ToxicOptions,
    /// How long until it removes itself.
    pub expires_in: Option<Duration>,
    /// Whether it acts now; `None` if that never changes while it is there.
    pub active: Option<bool>,
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
    /// How exactly the proxy did what was asked for.
    pub exactness: Accuracy,
}
