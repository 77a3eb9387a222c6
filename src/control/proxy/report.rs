//! Telling of what happens to a proxy, its toxics and its connections.
//!
//! A proxy that is not put in place yet is not told of: when it is, it is announced with what it has.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::state::{Proxy, State};
use crate::control::events::difference::{self, Difference};
use crate::control::events::event::{Actor, ChangeTarget, ProxyEvent, ToxicEvent, ToxicValues};
use crate::control::toxic::state::Toxic;
use crate::control::view::ToxicView;

impl Proxy {
    /// The proxy is put in place.
    pub(in crate::control) fn announce(&self, by: &Actor) {
        let state = self.state();
        self.announced.store(true, Ordering::Relaxed);
        self.report(&state, ProxyEvent::Created, by);
        for toxic in &state.toxics {
            self.report_toxic(toxic, ToxicEvent::Added, by);
        }
    }

    fn is_announced(&self) -> bool {
        self.announced.load(Ordering::Relaxed)
    }

    /// Something happened to the proxy. Its lock makes the order of events that of the changes.
    pub(in crate::control) fn report(&self, state: &State, change: ProxyEvent, by: &Actor) {
        self.report_event(state, (change, None), by);
    }

    /// The proxy has other addresses, or another seed.
    pub(in crate::control) fn report_update(
        &self,
        state: &State,
        changes: Vec<Difference>,
        by: &Actor,
    ) {
        self.report_event(state, (ProxyEvent::Updated, Some(changes)), by);
    }

    fn report_event(
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
            listen: state.listen.as_str().into(),
            upstream: state.upstream.as_str().into(),
            changes: changes.map(Vec::into_boxed_slice),
        };
        let session = self.shown_session(state).map(|session| &session.name);
        self.env.events.push_change(of, by, session);
    }

    /// Something happened to a toxic, under the proxy's lock.
    pub(in crate::control) fn report_toxic(&self, toxic: &Toxic, change: ToxicEvent, by: &Actor) {
        self.report_toxic_event(toxic, (change, None), by);
    }

    /// A toxic is another than `old` was, under the proxy's lock.
    pub(in crate::control) fn report_toxic_update(
        &self,
        old: &ToxicView,
        toxic: &Toxic,
        by: &Actor,
    ) {
        let changes = difference::of_toxic(old, &toxic.view());
        self.report_toxic_event(toxic, (ToxicEvent::Updated, Some(changes)), by);
    }

    fn report_toxic_event(
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
        let session = toxic.session.as_ref().map(|session| &session.name);
        self.env.events.push_change(of, by, session);
    }
}
