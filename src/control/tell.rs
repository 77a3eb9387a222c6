//! Telling of what happens to a proxy, its toxics and its connections.
//!
//! A proxy that is not put in place yet is not told of: when it is, it is announced with what it has.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::difference::{self, Difference};
use super::event::{
    ChangeTarget, Ended, EventKind, Opened, Origin, ProxyEvent, ToxicEvent, ToxicValues,
};
use super::events::Events;
use super::proxy::{Proxy, State};
use super::session::Owner;
use super::toxic::Toxic;
use super::view::ToxicView;
use crate::engine::Direction;
use crate::net::{ConnectionHandle, Reason, Watcher};

/// Who asked, if somebody did.
pub(super) type Actor = Option<Arc<Origin>>;

impl Proxy {
    /// The proxy is put in place.
    pub(super) fn announce(&self, by: &Actor) {
        let state = self.state();
        self.announced.store(true, Ordering::Relaxed);
        self.tell(&state, ProxyEvent::Created, by);
        for toxic in &state.toxics {
            self.tell_of(toxic, ToxicEvent::Added, by);
        }
    }

    /// The proxy was taken out of its place: it closes its listener and ends all connections.
    pub(super) async fn end(&self, by: &Actor) {
        self.stop(by).await;
        self.free_if(|_| true);
        self.tell(&self.state(), ProxyEvent::Deleted, by);
    }

    fn is_announced(&self) -> bool {
        self.announced.load(Ordering::Relaxed)
    }

    /// Something happened to the proxy. Its lock makes the order of events that of the changes.
    pub(super) fn tell(&self, state: &State, change: ProxyEvent, by: &Actor) {
        self.tell_all(state, (change, None), by);
    }

    /// The proxy has other addresses, or another seed.
    pub(super) fn tell_of_update(&self, state: &State, changes: Vec<Difference>, by: &Actor) {
        self.tell_all(state, (ProxyEvent::Updated, Some(changes)), by);
    }

    fn tell_all(
        &self,
        state: &State,
        (change, changes): (ProxyEvent, Option<Vec<Difference>>),
        by: &Actor,
    ) {
        if !self.is_announced() {
            return;
        }
        let of = ChangeTarget::Proxy {
            change,
            proxy: Arc::clone(&self.name),
            listen: state.listen().into(),
            upstream: state.upstream().into(),
            changes: changes.map(Vec::into_boxed_slice),
        };
        let owner = self.owner.as_ref().or(state.disabled_by());
        let session = owner.map(|owner| &owner.name);
        self.events.tell_of(of, by, session);
    }

    /// Something happened to a toxic, under the proxy's lock.
    pub(super) fn tell_of(&self, toxic: &Toxic, change: ToxicEvent, by: &Actor) {
        self.tell_of_values(toxic, (change, None), by);
    }

    /// A toxic is another than `old` was, under the proxy's lock.
    pub(super) fn tell_of_change(&self, old: &ToxicView, toxic: &Toxic, by: &Actor) {
        let changes = difference::of_toxic(old, &toxic.view());
        self.tell_of_values(toxic, (ToxicEvent::Updated, Some(changes)), by);
    }

    fn tell_of_values(
        &self,
        toxic: &Toxic,
        (change, changes): (ToxicEvent, Option<Vec<Difference>>),
        by: &Actor,
    ) {
        if !self.is_announced() {
            return;
        }
        let of = ChangeTarget::Toxic {
            change,
            proxy: Arc::clone(&self.name),
            toxic: toxic.name.as_str().into(),
            kind: toxic.kind_name(),
            stream: toxic.stream().into(),
            values: matches!(change, ToxicEvent::Added | ToxicEvent::Updated).then(|| {
                let view = toxic.view();
                Box::new(ToxicValues {
                    toxicity: view.toxicity,
                    attributes: view.attributes,
                    changes: changes.map(Vec::into_boxed_slice),
                })
            }),
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
    fn opened(&self, record: &Arc<ConnectionHandle>, toxics: Vec<Arc<str>>) {
        let opened = Opened {
            proxy: Arc::clone(&self.proxy),
            record: Arc::clone(record),
            // Most connections meet no toxics.
            toxics: (!toxics.is_empty()).then(|| toxics.into()),
        };
        self.events.tell(EventKind::Opened(opened));
    }

    fn ended(&self, record: &ConnectionHandle, reason: &Reason) {
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
        self.events.tell(EventKind::Ended(Arc::new(ended)));
    }
}
