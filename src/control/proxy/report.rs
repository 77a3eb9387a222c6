//! Events about a proxy and its toxics.
//!
//! Events are pushed under the proxy's lock, so that they are in the order of the changes. A proxy has no
//! events until it enters the registry; then the proxy and its toxics are reported.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::state::{Proxy, State};
use crate::control::events::difference::{self, Difference};
use crate::control::events::event::{Actor, ChangeTarget, ProxyEvent, ToxicEvent, ToxicValues};
use crate::control::toxic::state::Toxic;
use crate::control::view::ToxicView;

impl Proxy {
    /// Reports a new proxy and its toxics.
    pub(in crate::control) fn announce(&self, actor: &Actor) {
        let state = self.state();
        self.announced.store(true, Ordering::Relaxed);
        self.report(&state, ProxyEvent::Created, actor);
        for toxic in &state.toxics {
            self.report_toxic(toxic, ToxicEvent::Added, actor);
        }
    }

    fn is_announced(&self) -> bool {
        self.announced.load(Ordering::Relaxed)
    }

    pub(in crate::control) fn report(&self, state: &State, change: ProxyEvent, actor: &Actor) {
        self.report_event(state, (change, None), actor);
    }

    /// Reports changed addresses, or a changed seed.
    pub(in crate::control) fn report_update(
        &self,
        state: &State,
        changes: Vec<Difference>,
        actor: &Actor,
    ) {
        self.report_event(state, (ProxyEvent::Updated, Some(changes)), actor);
    }

    fn report_event(
        &self,
        state: &State,
        (change, changes): (ProxyEvent, Option<Vec<Difference>>),
        actor: &Actor,
    ) {
        if !self.is_announced() {
            return;
        }
        let target = ChangeTarget::Proxy {
            change,
            proxy: Arc::clone(&self.name),
            listen: state.listen.as_str().into(),
            upstream: state.upstream.as_str().into(),
            changes: changes.map(Vec::into_boxed_slice),
        };
        let session = self.shown_session(state).map(|session| &session.name);
        self.env.events.push_change(target, actor, session);
    }

    pub(in crate::control) fn report_toxic(
        &self,
        toxic: &Toxic,
        change: ToxicEvent,
        actor: &Actor,
    ) {
        self.report_toxic_event(toxic, (change, None), actor);
    }

    /// Reports how a toxic differs from `old`.
    pub(in crate::control) fn report_toxic_update(
        &self,
        old: &ToxicView,
        toxic: &Toxic,
        actor: &Actor,
    ) {
        let changes = difference::of_toxic(old, &toxic.view());
        self.report_toxic_event(toxic, (ToxicEvent::Updated, Some(changes)), actor);
    }

    fn report_toxic_event(
        &self,
        toxic: &Toxic,
        (change, changes): (ToxicEvent, Option<Vec<Difference>>),
        actor: &Actor,
    ) {
        if !self.is_announced() {
            return;
        }
        let target = ChangeTarget::Toxic {
            change,
            proxy: Arc::clone(&self.name),
            toxic: toxic.name.as_str().into(),
            kind: toxic.kind_name(),
            stream: toxic.stream().into(),
            values: matches!(change, ToxicEvent::Added | ToxicEvent::Updated).then(|| {
                let view = toxic.view();
                Box::new(ToxicValues {
                    toxicity: view.toxicity,
                    attributes: view
                        .attributes
                        .iter()
                        .chain(view.beside.iter())
                        .cloned()
                        .collect(),
                    changes: changes.map(Vec::into_boxed_slice),
                })
            }),
        };
        let session = toxic.session.as_ref().map(|session| &session.name);
        self.env.events.push_change(target, actor, session);
    }
}
