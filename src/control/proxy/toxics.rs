//! The toxics of a proxy: reading and changing them under the proxy's lock, for a few lines each.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::put_on::ToxicList;
use super::state::{Proxy, State};
use crate::control::error::ControlError;
use crate::control::events::event::{Actor, ToxicEvent};
use crate::control::limits;
use crate::control::session::id::SessionId;
use crate::control::toxic::both;
use crate::control::toxic::state::Toxic;
use crate::control::view::{NewToxic, StatsView, ToxicChange, ToxicView};
use crate::engine::{Direction, Plan, Stats};

impl State {
    /// Upstream toxics first, as Toxiproxy lists them.
    pub(in crate::control) fn toxic_views(&self) -> Vec<ToxicView> {
        let upstream = self.towards(Direction::Upstream);
        let downstream = self.towards(Direction::Downstream);
        upstream.chain(downstream).map(Toxic::view).collect()
    }
}

impl Proxy {
    pub(in crate::control) fn toxics(&self) -> Vec<ToxicView> {
        self.state().toxic_views()
    }

    pub(in crate::control) fn toxic(&self, name: &str) -> Result<ToxicView, ControlError> {
        let state = self.state();
        let toxic = state.toxics.iter().find(|toxic| toxic.name == name);
        let view = toxic.map(Toxic::view);
        view.ok_or_else(|| self.has_no_toxic(name))
    }

    pub(in crate::control) fn toxic_names(&self) -> Vec<String> {
        let state = self.state();
        state
            .toxics
            .iter()
            .map(|toxic| toxic.name.clone())
            .collect()
    }

    pub(in crate::control) fn has_no_toxic(&self, name: &str) -> ControlError {
        ControlError::ToxicNotFound {
            proxy: self.name.to_string(),
            toxic: name.to_owned(),
        }
    }

    /// Adds a toxic, or one for each stream: both or none. Each comes with the statistics that it writes;
    /// of two, the downstream one is last.
    pub(in crate::control) fn add_toxic(
        self: &Arc<Self>,
        new: &NewToxic,
        actor: &Actor,
    ) -> Result<Vec<(ToxicView, Arc<Stats>)>, ControlError> {
        let new = new.per_stream();
        let mut state = self.state();
        self.env
            .limits
            .admit_toxics(state.toxics.len() + new.len())?;
        limits::admit_memory(&self.env.budget, new.len(), self.connections.open())?;
        let taken = |name: &str| state.toxics.iter().any(|toxic| toxic.name == name);
        let toxics = new.iter().map(|one| Toxic::new(one, taken, &self.env));
        let toxics = toxics.collect::<Result<Vec<_>, _>>()?;
        let at_connect = toxics.iter().any(Toxic::acts_at_connect);
        both::admit(toxics.len(), at_connect)?;
        let mut added: Vec<(ToxicView, Arc<Stats>)> = Vec::with_capacity(toxics.len());
        for mut toxic in toxics {
            self.arm(&mut toxic);
            let partner = added.last().map(|(view, _)| view.name.clone());
            let view = ToxicView {
                partner,
                ..toxic.view()
            };
            added.push((view, Arc::clone(&toxic.stats)));
            state.recently_removed.forget(&toxic.name);
            self.report_toxic(&toxic, ToxicEvent::Added, actor);
            state.toxics.push(toxic);
        }
        self.publish(&state);
        Ok(added)
    }

    pub(in crate::control) fn update_toxic(
        self: &Arc<Self>,
        name: &str,
        change: &ToxicChange,
        actor: &Actor,
    ) -> Result<ToxicView, ControlError> {
        let mut state = self.state();
        let toxic = state.toxics.iter_mut().find(|toxic| toxic.name == name);
        let toxic = toxic.ok_or_else(|| self.has_no_toxic(name))?;
        let before = toxic.view();
        *toxic = toxic.changed(change, &self.env)?;
        if change.options.is_timed() {
            self.arm(toxic);
        }
        let view = toxic.view();
        self.report_toxic_update(&before, toxic, actor);
        self.publish(&state);
        Ok(view)
    }

    pub(in crate::control) fn remove_toxic(
        &self,
        name: &str,
        actor: &Actor,
    ) -> Result<(), ControlError> {
        let mut state = self.state();
        let index = state.toxics.iter().position(|toxic| toxic.name == name);
        let Some(index) = index else {
            // A client that removes its toxic cannot know that it has expired.
            let expired = state.recently_removed.find(name).map(drop);
            return expired.ok_or_else(|| self.has_no_toxic(name));
        };
        self.remove_at(&mut state, index, actor);
        Ok(())
    }

    /// The statistics that a toxic writes.
    pub(in crate::control) fn statistics(&self, name: &str) -> Result<Arc<Stats>, ControlError> {
        let state = self.state();
        let toxic = state.toxics.iter().find(|toxic| toxic.name == name);
        let stats = toxic.map(|toxic| Arc::clone(&toxic.stats));
        stats.ok_or_else(|| self.has_no_toxic(name))
    }

    pub(in crate::control) fn remove_tracked_toxic(
        &self,
        name: &str,
        stats: &Arc<Stats>,
        actor: &Actor,
    ) -> Result<(), ControlError> {
        let mut state = self.state();
        let is_it = |toxic: &Toxic| toxic.name == name && Arc::ptr_eq(&toxic.stats, stats);
        let index = state.toxics.iter().position(is_it);
        let index = index.ok_or_else(|| self.has_no_toxic(name))?;
        self.remove_at(&mut state, index, actor);
        Ok(())
    }

    fn remove_at(&self, state: &mut State, index: usize, actor: &Actor) {
        let removed = state.toxics.remove(index);
        self.report_toxic(&removed, ToxicEvent::Removed, actor);
        self.publish(state);
    }

    /// Removes the toxics of a session.
    pub(in crate::control) fn remove_toxics_of(
        self: &Arc<Self>,
        session: &SessionId,
        actor: &Actor,
    ) {
        let mut state = self.state();
        let of_session = |toxic: &mut Toxic| toxic.session.as_ref() == Some(session);
        let removed: Vec<Toxic> = state.toxics.extract_if(.., of_session).collect();
        if removed.is_empty() {
            return;
        }
        for toxic in removed {
            self.report_toxic(&toxic, ToxicEvent::Removed, actor);
            self.remember(&mut state, toxic);
        }
        self.publish(&state);
    }

    pub(in crate::control) fn remove_all_toxics(&self, actor: &Actor) {
        let mut state = self.state();
        for removed in state.toxics.drain(..) {
            self.report_toxic(&removed, ToxicEvent::Removed, actor);
        }
        state.forget_profile();
        self.publish(&state);
    }

    /// How many toxics there would be after adding toxics with these names.
    pub(in crate::control) fn count_with(&self, names: &BTreeSet<&str>) -> usize {
        let toxics = &self.state().toxics;
        let others = toxics
            .iter()
            .filter(|toxic| !names.contains(toxic.name.as_str()));
        others.count() + names.len()
    }

    /// Puts a profile on, if there is one, and adds or updates toxics with distinct names, so that each has these
    /// settings. Other toxics are kept, except those of a profile that is replaced.
    pub(in crate::control) fn ensure_toxics(self: &Arc<Self>, new: ToxicList, actor: &Actor) {
        let mut state = self.state();
        let toxics = new.toxics;
        if let Some(profile) = new.profile {
            self.replace_profile(&mut state, profile, &toxics, actor);
        }
        let existing = std::mem::take(&mut state.toxics);
        let indices = existing.iter().enumerate();
        let indices: HashMap<String, usize> = indices
            .map(|(index, toxic)| (toxic.name.clone(), index))
            .collect();
        let mut existing: Vec<Option<Toxic>> = existing.into_iter().map(Some).collect();
        let mut added = Vec::new();
        for mut new in toxics {
            state.recently_removed.forget(&new.name);
            let same = indices.get(&new.name);
            let same = same.and_then(|index| existing.get_mut(*index));
            match same {
                Some(Some(old)) if old.can_become(&new) => {
                    let before = old.view();
                    old.become_like(new);
                    self.arm(old);
                    self.report_toxic_update(&before, old, actor);
                }
                same => {
                    self.arm(&mut new);
                    if let Some(replaced) = same.and_then(Option::take) {
                        self.report_toxic(&replaced, ToxicEvent::Removed, actor);
                    }
                    self.report_toxic(&new, ToxicEvent::Added, actor);
                    added.push(new);
                }
            }
        }
        state.toxics = existing.into_iter().flatten().chain(added).collect();
        self.publish(&state);
    }

    /// The current plan with the toxics that act on requests as whole connections see them, and each
    /// toxic by its id in the plan.
    pub(in crate::control) fn plan_and_views(&self) -> (Plan, BTreeMap<u64, Arc<ToxicView>>) {
        let state = self.state();
        let views = state.toxics.iter();
        let views = views.map(|toxic| (toxic.id(), Arc::new(toxic.view())));
        let mut plan = self.plan(&state);
        for (direction, toxic) in self.on_requests(&state) {
            let toxics = plan.towards_mut(direction);
            match toxics.iter_mut().find(|other| other.id == toxic.id) {
                Some(stage) => *stage = toxic,
                None => toxics.push(toxic),
            }
        }
        (plan, views.collect())
    }

    /// What a toxic did. The toxic may have expired.
    pub(in crate::control) fn stats_of(&self, name: &str) -> Option<StatsView> {
        let state = self.state();
        let mut toxics = state.toxics.iter();
        let toxic = toxics.find(|toxic| toxic.name == name);
        let toxic = toxic.or_else(|| state.recently_removed.find(name))?;
        Some(toxic.stats_view(&self.name))
    }

    /// What the toxics did, upstream toxics first.
    pub(in crate::control) fn stats(&self) -> Vec<StatsView> {
        let state = self.state();
        let toxics = Direction::ALL
            .into_iter()
            .flat_map(|side| state.towards(side));
        toxics.map(|toxic| toxic.stats_view(&self.name)).collect()
    }
}
