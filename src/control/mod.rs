//! Proxies as values and operations. Knows no HTTP.
//!
//! [`Control`] is the handle. Reading, and everything about toxics, happens at once under short
//! locks. What starts or stops listeners happens one at a time in `operations`; it may wait for our own
//! tasks, never for a link, a peer or a dial. May know: `net`, `toxics`, `engine`, `nearest`.

mod check;
mod connections;
mod difference;
mod doubt;
mod error;
mod event;
mod events;
mod finding;
mod freed;
mod lifecycle;
mod limits;
mod list_limits;
mod listen;
mod listen_error;
mod loops;
mod operations;
mod options;
mod pace;
mod populate;
mod proxy;
mod reservations;
mod schedule;
mod session;
mod shared;
mod similar;
mod stats;
mod tell;
mod timed;
mod timer;
mod toxic;
mod toxics;
mod traffic;
mod view;
mod weight;

use std::io;
use std::sync::Arc;
use std::time::Duration;

pub use crate::engine::{Accuracy, Hits, Quantiles, Scope};
pub use crate::net::{CloseMode, EndKind, Reason};
pub use crate::toxics::{ANSWER_FIELDS, AttributeError, Given, OWN_FIELDS, ToxicOption};
pub use check::{
    check_api_port, check_listen, check_name, check_toxic, check_upstream, suggestion,
};
pub use connections::{ConnectionView, ConnectionsView, FlowView, LiveView, ToxicOnConnection};
pub use difference::{Difference, Field, FieldValue};
pub use doubt::{
    Doubts, MISSING_LISTEN, MOST_DOUBTS, PROXY_FIELDS, doubts_of_change, doubts_of_proxy,
    doubts_of_toxic, doubts_of_toxic_change, unknown_field, unknown_toxic_field,
};
pub use error::{ControlError, Limited, PopulateError};
pub use event::{
    Change, ChangeTarget, Ended, Event, EventKind, Opened, Origin, ProxyEvent, SessionEvent,
    ToxicEvent, ToxicValues,
};
pub use events::{Delivery, EventCursor, Follower, KEPT, MOST_FOLLOWERS, StartAt};
pub use finding::Finding;
pub use limits::{HOST_LIMIT, Limits, NAME_LIMIT};
pub use listen_error::{ListenError, ListenFault};
pub use loops::check_loop;
pub use options::ToxicOptions;
pub use session::{MOST_SESSIONS, SESSION_TTL, SessionView};
pub use similar::{Similar, kinds, overlap};
pub use stats::StatsView;
pub use timed::RETENTION;
pub use view::{
    ConnectionCounts, NewProxy, NewToxic, ProxyChange, ProxyView, ToxicChange, ToxicView,
    TrafficView,
};

use lifecycle::Outcome;
use listen::{Listen, LookedUp};
use operations::OperationQueue;
use shared::Shared;
use tell::Actor;

use crate::net::{Budget, Lookups, Workers};

/// How a [`Control`] behaves.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The seed of every random choice.
    pub seed: u64,
    /// Refuse values that the reference takes though they make no sense.
    pub strict: bool,
    /// Who carries the connections; without them, the runtime that the control is made in.
    pub workers: Option<Workers>,
    /// How many bytes may wait inside.
    pub budget: Budget,
    /// How many of a thing there may be.
    pub limits: Limits,
}

/// The proxies of this process and what can be done to them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Control {
    shared: Arc<Shared>,
    operations: OperationQueue,
    /// Who asks, for those who follow what happens.
    by: Actor,
}

impl Control {
    /// No proxies yet. Must be called inside a tokio runtime. Errors: file descriptors have run out.
    pub fn new(options: Options) -> io::Result<Self> {
        let workers = match &options.workers {
            Some(workers) => workers.clone(),
            None => Workers::here()?,
        };
        Ok(Control {
            shared: Arc::new(Shared::new(workers, &options)),
            operations: OperationQueue::start(),
            by: None,
        })
    }

    /// The same proxies, on behalf of somebody whom events are to name.
    #[must_use]
    pub fn on_behalf_of(&self, origin: Origin) -> Self {
        Control {
            by: Some(Arc::new(origin)),
            ..self.clone()
        }
    }

    /// The seed of every random choice.
    pub fn seed(&self) -> u64 {
        self.shared.seed
    }

    /// All proxies, by name.
    pub fn list(&self) -> Vec<ProxyView> {
        self.shared.all().iter().map(|proxy| proxy.view()).collect()
    }

    /// Whether there is such a proxy; an error says that there is none.
    pub fn require(&self, proxy: &str) -> Result<(), ControlError> {
        self.shared.find(proxy).map(drop)
    }

    /// One proxy.
    pub fn show(&self, proxy: &str) -> Result<ProxyView, ControlError> {
        Ok(self.shared.find(proxy)?.view())
    }

    /// Creates a proxy with its toxics, so that no connection slips past them.
    pub async fn create(&self, new: NewProxy) -> Result<ProxyView, ControlError> {
        lifecycle::required(&new, None)?;
        let text = new.listen.as_deref().unwrap_or_default();
        let listen = Listen::look_up(text, self.lookups()).await;
        let shared = Arc::clone(&self.shared);
        self.operations
            .take(lifecycle::create(shared, new, listen, self.by.clone()))
            .await?
    }

    /// Creates or replaces proxies, all or none. One that has these addresses already stays as it
    /// is, enabled or not; toxics listed for it are made to be there as listed.
    pub async fn populate(&self, list: Vec<NewProxy>) -> Result<Vec<ProxyView>, PopulateError> {
        list_limits::admit(&list, &self.shared.limits)?;
        let texts = list
            .iter()
            .map(|new| new.listen.clone().unwrap_or_default());
        let texts = texts.collect();
        let looked_up = LookedUp::all(texts, self.lookups()).await;
        let shared = Arc::clone(&self.shared);
        let populate = populate::populate(shared, list, looked_up, self.by.clone());
        let turn = self.operations.take(populate).await;
        turn.unwrap_or_else(|error| Err(PopulateError { error, entry: 0 }))
    }

    /// Changes a proxy. Other addresses restart it and drop its connections; the same do not.
    pub async fn update(
        &self,
        proxy: &str,
        change: ProxyChange,
    ) -> Result<ProxyView, ControlError> {
        for (what, address) in [("listen", &change.listen), ("upstream", &change.upstream)] {
            limits::admit_address(what, address.as_deref().unwrap_or_default())?;
        }
        loop {
            let current = self.shared.find(proxy)?.listen();
            let text = change.listen.as_deref().unwrap_or(&current);
            let listen = Listen::look_up(text, self.lookups()).await;
            let (shared, name) = (Arc::clone(&self.shared), proxy.to_owned());
            let turn = lifecycle::update(shared, name, change.clone(), listen, self.by.clone());
            if let Outcome::Done(view) = self.operations.take(turn).await?? {
                return Ok(view);
            }
        }
    }

    /// Deletes a proxy; its connections have ended when this returns.
    pub async fn delete(&self, proxy: &str) -> Result<(), ControlError> {
        let (shared, name) = (Arc::clone(&self.shared), proxy.to_owned());
        let delete = lifecycle::delete(shared, name, self.by.clone());
        self.operations.take(delete).await?
    }

    /// Removes all toxics and enables all proxies.
    pub async fn reset(&self) -> Result<(), ControlError> {
        self.reset_selected(None).await
    }

    /// Removes all toxics of one proxy and enables it; all others stay as they are.
    pub async fn reset_proxy(&self, proxy: &str) -> Result<(), ControlError> {
        self.reset_selected(Some(proxy)).await
    }

    async fn reset_selected(&self, only: Option<&str>) -> Result<(), ControlError> {
        // One that is disabled keeps them if it cannot be enabled, as in the reference.
        let mut enabled = self.shared.select(only)?;
        enabled.retain(|proxy| proxy.is_enabled());
        for proxy in enabled {
            proxy.remove_all_toxics(&self.by);
        }
        // Names are looked up when all else is done.
        let (mut looked_up, mut result) = (LookedUp::default(), Ok(()));
        loop {
            let (shared, of) = (Arc::clone(&self.shared), only.map(str::to_owned));
            let turn = lifecycle::reset(shared, of, looked_up, self.by.clone());
            let (turned, done) = self.operations.take(turn).await??;
            result = result.and(done);
            if let Outcome::Done(()) = turned {
                return result;
            }
            let texts = self.shared.listens_if(only, |proxy| !proxy.is_enabled())?;
            looked_up = LookedUp::all(texts, self.lookups()).await;
        }
    }

    fn lookups(&self) -> &Lookups {
        self.shared.workers.lookups()
    }

    /// A proxy's toxics: upstream ones first, each stream in order of creation.
    pub fn toxics(&self, proxy: &str) -> Result<Vec<ToxicView>, ControlError> {
        Ok(self.shared.find(proxy)?.toxics())
    }

    /// One toxic.
    pub fn toxic(&self, proxy: &str, toxic: &str) -> Result<ToxicView, ControlError> {
        self.shared.find(proxy)?.toxic(toxic)
    }

    /// Adds a toxic; every byte that arrives after this call meets it.
    pub fn add_toxic(&self, proxy: &str, new: NewToxic) -> Result<ToxicView, ControlError> {
        let proxy = self.shared.find(proxy)?;
        proxy.add_toxic(&new, &self.shared, &self.by)
    }

    /// Changes a toxic's attributes or toxicity, all or nothing.
    pub fn update_toxic(
        &self,
        proxy: &str,
        toxic: &str,
        change: ToxicChange,
    ) -> Result<ToxicView, ControlError> {
        let proxy = self.shared.find(proxy)?;
        proxy.update_toxic(toxic, &change, &self.shared, &self.by)
    }

    /// Removes a toxic.
    pub fn remove_toxic(&self, proxy: &str, toxic: &str) -> Result<(), ControlError> {
        self.shared.find(proxy)?.remove_toxic(toxic, &self.by)
    }

    /// Byte counts since the start, one entry a direction of each (proxy, listener, upstream)
    /// that ever carried a connection. Those of the last deleted proxies stay; older ones are one
    /// entry, whose proxy is `(removed)` and whose addresses are empty.
    pub fn traffic(&self) -> Vec<TrafficView> {
        self.shared.traffic.views()
    }

    /// How many connections there were since the start, one entry for each (proxy, listener,
    /// upstream) that ever accepted one.
    pub fn connection_counts(&self) -> Vec<ConnectionCounts> {
        self.shared.traffic.counts()
    }

    /// Takes no more connections, and gives those that are there up to `limit` to end by themselves.
    pub async fn drain(&self, limit: Duration) {
        self.shared.begin_to_end();
        // At once; what these wait for is waited for below.
        for proxy in self.shared.all() {
            drop(proxy.drain());
        }
        let drained = async {
            // What began before is carried through, so that nothing comes to listen behind this. A turn
            // that broke down has been logged.
            let _ = self.operations.take(async {}).await;
            // Not a turn: whoever wants one meanwhile would wait for peers.
            lifecycle::drain(&self.shared).await;
        };
        // Connections that are left are ended by whoever called this.
        let _ = tokio::time::timeout(limit, drained).await;
    }

    /// Stops every proxy; returns when all connections are closed.
    pub async fn shutdown(&self) {
        self.shared.begin_to_end();
        self.shared.sessions.forget();
        let stop = lifecycle::stop_all(Arc::clone(&self.shared));
        // A turn that broke down has been logged, and there is nobody else to tell.
        let _ = self.operations.take(stop).await;
    }
}
