//! The profile of a proxy: putting it on, taking it off, and what is left of it.
//!
//! Its toxics are toxics like others, with a mark. A proxy has a profile for as long as one of them is there, so
//! whatever removes the last one (a request, a schedule, the end of a session, a reset) takes the profile off.

use std::collections::HashSet;
use std::sync::Arc;

use super::put_on::PutOn;
use super::state::{Proxy, State};
use crate::control::error::ControlError;
use crate::control::events::event::{Actor, ToxicEvent};
use crate::control::limits;
use crate::control::profile::definition::Profile;
use crate::control::toxic::options::ToxicOptions;
use crate::control::toxic::state::Toxic;
use crate::control::view::{ProfileView, ToxicView};

impl State {
    /// The profile, if any of its toxics is there.
    pub(in crate::control) fn profile(&self) -> Option<&PutOn> {
        let is_there = self.toxics.iter().any(Toxic::is_in_profile);
        self.put_on.as_ref().filter(|_| is_there)
    }

    /// Forgets the profile, whose toxics are gone.
    pub(super) fn forget_profile(&mut self) {
        self.put_on = None;
    }

    fn profile_view(&self, put_on: &PutOn) -> ProfileView {
        let views = self.toxic_views().into_iter();
        let toxics: Vec<ToxicView> = views.filter(|toxic| toxic.in_profile).collect();
        let named = |name: &str| toxics.iter().find(|toxic| toxic.name == name);
        let (mut missing, mut changed) = (Vec::new(), Vec::new());
        for made in &put_on.made {
            match named(&made.name) {
                None => missing.push(made.name.clone()),
                Some(now) if !now.has_settings_of(made) => changed.push(made.name.clone()),
                Some(_) => {}
            }
        }
        ProfileView {
            id: put_on.id,
            name: put_on.profile.name.clone(),
            description: put_on.profile.description.clone(),
            source: put_on.profile.source.clone(),
            toxics,
            missing,
            changed,
        }
    }

    /// The profile's name, and whether a config file can name it in place of its toxics.
    pub(super) fn profile_in_lists(&self) -> (Option<String>, bool) {
        let Some(put_on) = self.profile() else {
            return (None, false);
        };
        let is_plain = put_on.is_plain && {
            let view = self.profile_view(put_on);
            view.missing.is_empty() && view.changed.is_empty()
        };
        (Some(put_on.profile.name.clone()), is_plain)
    }
}

impl Proxy {
    /// Errors: it has none.
    pub(in crate::control) fn profile(&self) -> Result<ProfileView, ControlError> {
        let state = self.state();
        let view = state.profile().map(|put_on| state.profile_view(put_on));
        view.ok_or_else(|| self.has_no_profile())
    }

    pub(in crate::control) fn set_profile(
        self: &Arc<Self>,
        profile: &Arc<Profile>,
        options: &ToxicOptions,
        actor: &Actor,
    ) -> Result<ProfileView, ControlError> {
        let mut state = self.state();
        self.env.sessions.resolve(options.session.as_deref())?;
        self.admit_profile_in(&state, options.session.as_deref())?;
        let others = |toxic: &&Toxic| !toxic.is_in_profile();
        let count = state.toxics.iter().filter(others).count() + profile.len();
        self.env.limits.admit_toxics(count)?;
        let added = count.saturating_sub(state.toxics.len());
        limits::admit_memory(&self.env.budget, added, self.connections.open())?;
        let taken = |name: &str| {
            let mut others = state.toxics.iter().filter(others);
            others.any(|toxic| toxic.name == name)
        };
        let mut toxics = profile.build(options, taken, &self.env)?;
        // Nothing fails from here on.
        self.remove_profile(&mut state, actor);
        state.put_on = Some(PutOn {
            id: self.env.next_id(),
            profile: Arc::clone(profile),
            made: toxics.iter().map(Toxic::view).collect(),
            is_plain: *options == ToxicOptions::default(),
        });
        for toxic in &mut toxics {
            self.arm(toxic);
            state.recently_removed.forget(&toxic.name);
            self.report_toxic(toxic, ToxicEvent::Added, actor);
        }
        state.toxics.extend(toxics);
        self.publish(&state);
        let view = state.profile().map(|put_on| state.profile_view(put_on));
        // A profile without toxics is never there.
        Ok(view.unwrap_or_default())
    }

    /// Replaces the profile, for a list that names it. The toxics of the old one that `toxics` does not name are removed;
    /// the caller updates the others. The caller publishes.
    pub(super) fn replace_profile(
        &self,
        state: &mut State,
        (profile, made): (Arc<Profile>, Vec<ToxicView>),
        toxics: &[Toxic],
        actor: &Actor,
    ) {
        let names: HashSet<&str> = toxics.iter().map(|toxic| toxic.name.as_str()).collect();
        let is_old =
            |toxic: &mut Toxic| toxic.is_in_profile() && !names.contains(toxic.name.as_str());
        let removed: Vec<Toxic> = state.toxics.extract_if(.., is_old).collect();
        for toxic in removed {
            self.report_toxic(&toxic, ToxicEvent::Removed, actor);
        }
        state.put_on = Some(PutOn {
            id: self.env.next_id(),
            profile,
            made,
            is_plain: true,
        });
    }

    /// Takes the profile off, if it is the one with this id. Errors: it has none, or another one.
    pub(in crate::control) fn clear_profile(
        &self,
        id: Option<u64>,
        actor: &Actor,
    ) -> Result<(), ControlError> {
        let mut state = self.state();
        let is_it = |put_on: &PutOn| id.is_none_or(|id| id == put_on.id);
        if state.profile().is_some_and(is_it) {
            self.remove_profile(&mut state, actor);
            self.publish(&state);
            return Ok(());
        }
        // A client that takes its profile off cannot know that it has expired.
        let last = state.put_on.as_ref().filter(|put_on| is_it(put_on));
        let mut names = last.into_iter().flat_map(|put_on| &put_on.made);
        match names.any(|made| state.recently_removed.find(&made.name).is_some()) {
            true => Ok(()),
            false => Err(self.has_no_profile()),
        }
    }

    /// Removes the profile's toxics. The caller publishes.
    fn remove_profile(&self, state: &mut State, actor: &Actor) {
        let of_profile = |toxic: &mut Toxic| toxic.is_in_profile();
        let removed: Vec<Toxic> = state.toxics.extract_if(.., of_profile).collect();
        for toxic in removed {
            self.report_toxic(&toxic, ToxicEvent::Removed, actor);
        }
        state.forget_profile();
    }

    /// Errors: the session did not put the current profile on. Its end would take off the new one, but could not put
    /// the old one on again.
    fn admit_profile_in(&self, state: &State, session: Option<&str>) -> Result<(), ControlError> {
        let (Some(session), Some(put_on)) = (session, state.profile()) else {
            return Ok(());
        };
        let mut toxics = state.toxics.iter().filter(|toxic| toxic.is_in_profile());
        let is_own = |toxic: &Toxic| match &toxic.session {
            Some(own) => *own.name == *session,
            None => false,
        };
        match toxics.all(is_own) {
            true => Ok(()),
            false => Err(ControlError::ProfileNotInSession {
                proxy: self.name.to_string(),
                profile: put_on.profile.name.clone(),
                session: session.to_owned(),
            }),
        }
    }

    fn has_no_profile(&self) -> ControlError {
        ControlError::NoProfile {
            proxy: self.name.to_string(),
        }
    }
}
