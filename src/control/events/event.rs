//! Events as values: what happened to a proxy, a toxic, a session or a connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::difference::Difference;
use crate::engine::Hits;
use crate::net::{ConnectionHandle, Reason, UpstreamAddress};
use crate::toxics::Values;

/// Who asked for a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Where the request came from.
    pub client: Option<SocketAddr>,
    /// The name that the client gives itself; the caller limits its length.
    pub agent: Option<Arc<str>>,
}

/// Who asked for a change; `None` if the server made it on its own.
pub(in crate::control) type Actor = Option<Arc<Origin>>;

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// Counted from 1, without gaps, since the server started.
    pub number: u64,
    /// When it happened, in wall-clock time.
    pub at: SystemTime,
    /// What happened.
    pub kind: EventKind,
}

/// What happened. The enum is small, because thousands of events are kept.
#[derive(Clone, Debug)]
pub enum EventKind {
    /// Something was changed.
    Change(Arc<Change>),
    /// A connection reached its upstream.
    Opened(Opened),
    /// A connection ended, whether it had reached its upstream or not.
    Ended(Arc<Ended>),
}

/// A change, and who asked for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What was changed.
    pub target: ChangeTarget,
    /// Who asked for it; `None` for the server's own changes, such as an expiry or loading a config file.
    pub origin: Option<Arc<Origin>>,
    /// The session that owns the changed object, or whose end caused the change.
    pub session: Option<Arc<str>>,
}

/// What can be changed.
#[derive(Clone, Debug, PartialEq)]
pub enum ChangeTarget {
    /// A proxy.
    Proxy {
        /// What happened to it.
        change: ProxyEvent,
        /// Its name.
        proxy: Arc<str>,
        /// Its listen address after the change.
        listen: Arc<str>,
        /// Its upstream address.
        upstream: Arc<str>,
        /// The changed fields, if it was updated.
        changes: Option<Box<[Difference]>>,
    },
    /// A toxic.
    Toxic {
        /// What happened to it.
        change: ToxicEvent,
        /// Its proxy.
        proxy: Arc<str>,
        /// Its name.
        toxic: Arc<str>,
        /// Its kind.
        kind: &'static str,
        /// Its stream, as it was given.
        stream: Arc<str>,
        /// Its settings after the change, if it was added or updated.
        values: Option<Box<ToxicValues>>,
    },
    /// A session; the change holds its name.
    Session(SessionEvent),
}

/// The settings of a toxic.
#[derive(Clone, Debug, PartialEq)]
pub struct ToxicValues {
    /// The share of connections that it applies to.
    pub toxicity: f32,
    /// Its attributes in the order of the catalogue; those that are placed beside the others only if they
    /// are set.
    pub attributes: Values,
    /// The changed fields, if it was updated.
    pub changes: Option<Box<[Difference]>>,
}

/// A connection when it reached its upstream.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Its proxy.
    pub proxy: Arc<str>,
    pub(in crate::control) record: Arc<ConnectionHandle>,
    pub(in crate::control) toxics: Option<Arc<[Arc<str>]>>,
}

impl Opened {
    /// Its ordinal in the proxy, from 1.
    pub fn connection(&self) -> u64 {
        self.record.connection
    }

    /// The client's address.
    pub fn client(&self) -> SocketAddr {
        self.record.client
    }

    /// Where the upstream was reached.
    pub fn upstream(&self) -> Option<UpstreamAddress> {
        self.record.upstream()
    }

    /// The toxics that apply to it.
    pub fn toxics(&self) -> &[Arc<str>] {
        self.toxics.as_deref().unwrap_or_default()
    }
}

/// A connection when it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// Its proxy.
    pub proxy: Arc<str>,
    /// Its ordinal in the proxy, from 1.
    pub connection: u64,
    /// The client's address.
    pub client: SocketAddr,
    /// Why it ended.
    pub reason: Reason,
    /// How long it was open.
    pub age: Duration,
    /// Bytes written to the upstream's socket.
    pub sent_up: u64,
    /// Bytes written to the client's socket.
    pub sent_down: u64,
    /// What toxics did to it. At most 64 toxics that were removed before its end are included.
    pub touched: Vec<(Arc<str>, Hits)>,
}

/// What can happen to a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyEvent {
    /// It was created.
    Created,
    /// An address or the seed changed.
    Updated,
    /// It accepts connections.
    Enabled,
    /// It no longer accepts connections, and its connections have ended.
    Disabled,
    /// It was deleted, with its toxics.
    Deleted,
}

/// What can happen to a toxic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToxicEvent {
    /// It was added. It acts at once unless its start is delayed.
    Added,
    /// Its settings changed.
    Updated,
    /// It was removed.
    Removed,
    /// Its start time was reached: it acts.
    Started,
    /// It paused until its next start.
    Paused,
    /// It expired and was removed.
    Expired,
}

/// What can happen to a session. Renewals have no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// It was created.
    Started,
    /// It was ended.
    Ended,
    /// It was not renewed in time.
    Expired,
}

impl EventKind {
    /// The event's name: the object, a dot, and what happened to it.
    pub fn name(&self) -> &'static str {
        match self {
            EventKind::Change(change) => change.target.name(),
            EventKind::Opened(_) => "connection.opened",
            EventKind::Ended(_) => "connection.ended",
        }
    }

    /// The proxy that it is about, if there is one.
    pub fn proxy(&self) -> Option<&str> {
        match self {
            EventKind::Change(change) => match &change.target {
                ChangeTarget::Proxy { proxy, .. } | ChangeTarget::Toxic { proxy, .. } => {
                    Some(proxy)
                }
                ChangeTarget::Session(_) => None,
            },
            EventKind::Opened(opened) => Some(&opened.proxy),
            EventKind::Ended(ended) => Some(&ended.proxy),
        }
    }

    /// An upper bound on the memory that it holds, in bytes: shared allocations are counted in full.
    pub(in crate::control) fn memory_size(&self) -> usize {
        let inside = match self {
            EventKind::Change(change) => size_of::<Change>() + change.texts(),
            EventKind::Opened(opened) => {
                let names = opened.toxics().iter();
                let names = names.map(|name| size_of_val(name) + name.len());
                size_of::<ConnectionHandle>() + opened.proxy.len() + names.sum::<usize>()
            }
            EventKind::Ended(ended) => {
                let names = ended.touched.iter();
                let names = names.map(|one| size_of_val(one) + one.0.len());
                let error = ended.reason.error().map_or(0, str::len);
                size_of::<Ended>() + ended.proxy.len() + error + names.sum::<usize>()
            }
        };
        size_of::<Event>() + inside
    }
}

impl Change {
    /// The total length of its strings in bytes.
    fn texts(&self) -> usize {
        let agent = self.origin.as_ref().and_then(|by| by.agent.as_ref());
        let of_origin = agent.map_or(0, |agent| size_of::<Origin>() + agent.len());
        let session = self.session.as_ref().map_or(0, |session| session.len());
        let texts: &[&Arc<str>] = match &self.target {
            ChangeTarget::Proxy {
                proxy,
                listen,
                upstream,
                ..
            } => &[proxy, listen, upstream],
            ChangeTarget::Toxic {
                proxy,
                toxic,
                stream,
                ..
            } => &[proxy, toxic, stream],
            ChangeTarget::Session(_) => &[],
        };
        of_origin
            + session
            + self.target.values_size()
            + texts.iter().map(|text| text.len()).sum::<usize>()
    }
}

impl ChangeTarget {
    /// Bytes of memory of the settings and differences in it.
    fn values_size(&self) -> usize {
        let changes = |changes: &Option<Box<[Difference]>>| {
            let all = changes.iter().flat_map(|changes| changes.iter());
            all.map(Difference::memory_size).sum::<usize>()
        };
        match self {
            ChangeTarget::Proxy { changes: given, .. } => changes(given),
            ChangeTarget::Toxic {
                values: Some(values),
                ..
            } => {
                let attributes = values.attributes.weight();
                size_of::<ToxicValues>() + attributes + changes(&values.changes)
            }
            _ => 0,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            ChangeTarget::Proxy { change, .. } => match change {
                ProxyEvent::Created => "proxy.created",
                ProxyEvent::Updated => "proxy.updated",
                ProxyEvent::Enabled => "proxy.enabled",
                ProxyEvent::Disabled => "proxy.disabled",
                ProxyEvent::Deleted => "proxy.deleted",
            },
            ChangeTarget::Toxic { change, .. } => match change {
                ToxicEvent::Added => "toxic.added",
                ToxicEvent::Updated => "toxic.updated",
                ToxicEvent::Removed => "toxic.removed",
                ToxicEvent::Started => "toxic.started",
                ToxicEvent::Paused => "toxic.paused",
                ToxicEvent::Expired => "toxic.expired",
            },
            ChangeTarget::Session(change) => match change {
                SessionEvent::Started => "session.started",
                SessionEvent::Ended => "session.ended",
                SessionEvent::Expired => "session.expired",
            },
        }
    }
}
