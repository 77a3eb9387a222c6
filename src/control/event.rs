//! What happens to proxies, toxics, sessions and connections, as values to be told of.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::engine::Hits;
use crate::net::Reason;

/// Who asked for a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Where the request came from.
    pub client: Option<SocketAddr>,
    /// What the client calls itself; somebody has seen to it that it is short.
    pub agent: Option<Arc<str>>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Counted from 1, without gaps, since the server started.
    pub number: u64,
    /// When it happened, by the clock on the wall.
    pub at: SystemTime,
    /// What happened.
    pub what: What,
    /// Who asked for it; `None` if nobody did: a time was over, a file says so.
    pub origin: Option<Arc<Origin>>,
    /// The session that the thing belongs to, or whose end was the reason.
    pub session: Option<Arc<str>>,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Something happened to a proxy.
    Proxy {
        /// What.
        change: ProxyEvent,
        /// Its name.
        proxy: Arc<str>,
        /// Its addresses from then on.
        listen: Arc<str>,
        /// Where it connects to.
        upstream: Arc<str>,
    },
    /// Something happened to a toxic.
    Toxic {
        /// What.
        change: ToxicEvent,
        /// Its proxy.
        proxy: Arc<str>,
        /// Its name.
        toxic: Arc<str>,
        /// Its kind.
        kind: &'static str,
        /// Its stream, as it was given.
        stream: Arc<str>,
    },
    /// Something happened to a session, whose name the event has.
    Session(SessionEvent),
    /// A connection reached its upstream.
    Opened {
        /// Its proxy.
        proxy: Arc<str>,
        /// Its ordinal in the proxy, from 1.
        connection: u64,
        /// Who opened it.
        client: SocketAddr,
        /// Where the upstream was reached.
        upstream: Option<SocketAddr>,
        /// The toxics that apply to it.
        toxics: Vec<Arc<str>>,
    },
    /// A connection is over, whether it reached its upstream or not.
    Ended(Ended),
}

/// How a connection was when it was over.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// Its proxy.
    pub proxy: Arc<str>,
    /// Its ordinal in the proxy, from 1.
    pub connection: u64,
    /// Who opened it.
    pub client: SocketAddr,
    /// Why it ended.
    pub reason: Reason,
    /// How long it was there.
    pub age: Duration,
    /// Bytes that the upstream's socket has taken.
    pub sent_up: u64,
    /// Bytes that the client's socket has taken.
    pub sent_down: u64,
    /// What toxics did to it that were there to the end, if they touched it.
    pub touched: Vec<(Arc<str>, Hits)>,
}

/// What can happen to a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyEvent {
    /// It is there.
    Created,
    /// It has another address, or another seed.
    Updated,
    /// It takes connections.
    Enabled,
    /// It takes none any more, and those that it had have ended.
    Disabled,
    /// It is gone, with its toxics.
    Deleted,
}

/// What can happen to a toxic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToxicEvent {
    /// It is there, and acts unless it has to wait for its start.
    Added,
    /// It is another now.
    Updated,
    /// It was taken away.
    Removed,
    /// Its wait is over: it acts.
    Started,
    /// It waits for its next start.
    Paused,
    /// It has had its time and is gone.
    Expired,
}

/// What can happen to a session. Renewals are not told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// It is there.
    Started,
    /// It was ended.
    Ended,
    /// It was not renewed in time.
    Expired,
}

impl What {
    /// Its name: what it happened to, a dot, and what happened.
    pub fn name(&self) -> &'static str {
        match self {
            What::Proxy { change, .. } => match change {
                ProxyEvent::Created => "proxy.created",
                ProxyEvent::Updated => "proxy.updated",
                ProxyEvent::Enabled => "proxy.enabled",
                ProxyEvent::Disabled => "proxy.disabled",
                ProxyEvent::Deleted => "proxy.deleted",
            },
            What::Toxic { change, .. } => match change {
                ToxicEvent::Added => "toxic.added",
                ToxicEvent::Updated => "toxic.updated",
                ToxicEvent::Removed => "toxic.removed",
                ToxicEvent::Started => "toxic.started",
                ToxicEvent::Paused => "toxic.paused",
                ToxicEvent::Expired => "toxic.expired",
            },
            What::Session(SessionEvent::Started) => "session.started",
            What::Session(SessionEvent::Ended) => "session.ended",
            What::Session(SessionEvent::Expired) => "session.expired",
            What::Opened { .. } => "connection.opened",
            What::Ended(_) => "connection.ended",
        }
    }

    /// The proxy that it is about, if it is about one.
    pub fn proxy(&self) -> Option<&str> {
        match self {
            What::Proxy { proxy, .. }
            | What::Toxic { proxy, .. }
            | What::Opened { proxy, .. }
            | What::Ended(Ended { proxy, .. }) => Some(proxy),
            What::Session(_) => None,
        }
    }

    /// The length of its texts: what it holds beyond its own size, as if it shared nothing.
    fn texts(&self) -> usize {
        match self {
            What::Proxy {
                proxy,
                listen,
                upstream,
                ..
            } => proxy.len() + listen.len() + upstream.len(),
            What::Toxic {
                proxy,
                toxic,
                stream,
                ..
            } => proxy.len() + toxic.len() + stream.len(),
            What::Session(_) => 0,
            What::Opened { proxy, toxics, .. } => {
                let names = toxics.iter();
                let names = names.map(|name| size_of_val(name) + name.len());
                proxy.len() + names.sum::<usize>()
            }
            What::Ended(Ended { proxy, touched, .. }) => {
                let names = touched.iter();
                let names = names.map(|one| size_of_val(one) + one.0.len());
                proxy.len() + names.sum::<usize>()
            }
        }
    }
}

impl Event {
    /// Bytes of memory that it may hold on to.
    pub(super) fn weight(&self) -> usize {
        let agent = self
            .origin
            .as_ref()
            .and_then(|origin| origin.agent.as_ref());
        let of_origin = size_of::<Origin>() + agent.map_or(0, |agent| agent.len());
        let session = self.session.as_ref().map_or(0, |session| session.len());
        size_of::<Self>() + of_origin + session + self.what.texts()
    }
}
