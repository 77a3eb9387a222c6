//! Telling of what happens to a proxy, its toxics and its connections.
//!
//! A proxy that is not put in place yet is not told of: when it is, it is announced with what it has.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::event::{Ended, Of, Opened, Origin, ProxyEvent, ToxicEvent, What};
use super::events::Events;
use super::proxy::{Proxy, State};
use super::session::Owner;
use super::toxic::Toxic;
use crate::engine::Direction;
use crate::net::{Reason, Record, Watcher};

/// Who asked, if somebody did.
pub(super) type By = Option<Arc<Origin>>;

impl Proxy {
    /// The proxy is put in place.
    pub(super) fn announce(&self, by: &By) {
        let state = self.state();
        self.announced.store(true, Ordering::Relaxed);
        self.tell(&state, ProxyEvent::Created, by);
        for toxic in &state.toxics {
            self.tell_of(toxic, ToxicEvent::Added, by);
        }
    }

    /// The proxy was taken out of its place: it closes its listener and ends all connections.
    pub(super) async fn end(&self, by: &By) {
        self.stop(by).await;
        self.tell(&self.state(), ProxyEvent::Deleted, by);
    }

    fn is_announced(&self) -> bool {
        self.announced.load(Ordering::Relaxed)
    }

    /// Something happened to the proxy. Its lock makes the order of events that of the changes.
    pub(super) fn tell(&self, state: &State, change: ProxyEvent, by: &By) {
        if !self.is_announced() {
            return;
        }
        let of = Of::Proxy {
            change,
            proxy: Arc::clone(&self.name),
            listen: state.listen().into(),
            upstream: state.upstream().into(),
        };
        let owner = self.owner.as_ref().or(state.disabled_by());
        let session = owner.map(|owner| &owner.name);
        self.events.tell_of(of, by, session);
    }

    /// Something happened to a toxic, under the proxy's lock.
    pub(super) fn tell_of(&self, toxic: &Toxic, change: ToxicEvent, by: &By) {
        if !self.is_announced() {
            return;
        }
        let of = Of::Toxic {
            change,
            proxy: Arc::clone(&self.name),
            toxic: toxic.name.as_str().into(),
            kind: toxic.kind_name(),
            stream: toxic.stream().into(),
        };
        let session = toxic.owner.as_ref().map(|owner: &Owner| &owner.name);
        self.events.tell_of(of, by, session);
    }
}

/// Tells of a proxy's connections.
#[derive(Debug)]
pub(super) struct Connections {
    pub(super) proxy: Arc<str>,
    pub(super) events: Arc<Events>,
}

impl Watcher for Connections {
    fn opened(&self, record: &Arc<Record>, toxics: Vec<Arc<str>>) {
        let opened = Opened {
            proxy: Arc::clone(&self.proxy),
            record: Arc::clone(record),
            // Most connections meet no toxics.
            toxics: (!toxics.is_empty()).then(|| toxics.into()),
        };
        self.events.tell(What::Opened(opened));
    }

    fn ended(&self, record: &Record, reason: &Reason) {
        let sent = |direction| record.meter(direction).sent();
        let ended = Ended {
            proxy: Arc::clone(&self.proxy),
            connection: record.connection,
            client: record.client,
            reason: reason.clone(),
            age: record.age(),
            sent_up: sent(Direction::Upstream),
            sent_down: sent(Direction::Downstream),
            touched: record.touched(),
        };
        self.events.tell(What::Ended(Arc::new(ended)));
    }
}
