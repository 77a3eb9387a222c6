//! The operations on profiles. Like those on toxics they run immediately, under short locks.

use std::sync::Arc;

use super::definition::{Profile, ProfileDefinition};
use super::table::{MAX_PROFILES, built_in_profile};
use crate::control::check::fields::unknown_profile_field;
use crate::control::check::strict;
use crate::control::error::{ControlError, Limited};
use crate::control::handle::Control;
use crate::control::limits;
use crate::control::suggestions::Suggestions;
use crate::control::toxic::options::ToxicOptions;
use crate::control::toxic::state::Toxic;
use crate::control::view::{NewProfile, ProfileView};
use crate::toxics::profiles::built_in;

impl Control {
    /// All profiles: built-in ones in their order, then those of the config file by name.
    pub fn profiles(&self) -> Vec<ProfileDefinition> {
        let built_in = built_in().map(|profile| self.shown(&Profile::built_in(profile), false));
        built_in.chain(self.custom_profiles()).collect()
    }

    /// The profiles of the config file, by name.
    pub fn custom_profiles(&self) -> Vec<ProfileDefinition> {
        let custom = self.env().profiles.custom();
        custom
            .iter()
            .map(|profile| self.shown(profile, true))
            .collect()
    }

    /// A profile with its toxics as a proxy would show them.
    fn shown(&self, profile: &Profile, is_custom: bool) -> ProfileDefinition {
        let built = profile.build(&ToxicOptions::default(), |_| false, self.env());
        // A custom profile was built once, when it was defined, so there is no error.
        let toxics = built.unwrap_or_default();
        ProfileDefinition {
            name: profile.name.clone(),
            description: profile.description.clone(),
            source: profile.source.clone(),
            toxics: toxics.iter().map(Toxic::view).collect(),
            is_custom,
        }
    }

    /// Defines profiles, all or none. A profile of the same name is replaced; proxies that have it keep its toxics.
    ///
    /// # Errors
    ///
    /// A name is empty, too long, or that of a built-in profile; a toxic is refused; there are too many.
    pub fn define_profiles(&self, profiles: Vec<Profile>) -> Result<(), ControlError> {
        let known = self.env().profiles.custom().len();
        limits::admit(known + profiles.len(), MAX_PROFILES, Limited::Profiles)?;
        for profile in &profiles {
            self.admit_profile(profile)
                .map_err(|error| error.in_profile(&profile.name))?;
        }
        self.env().profiles.define(profiles);
        Ok(())
    }

    fn admit_profile(&self, profile: &Profile) -> Result<(), ControlError> {
        let env = self.env();
        limits::admit_name(&profile.name)?;
        if profile.name.is_empty() || built_in_profile(&profile.name).is_some() {
            return Err(ControlError::BadValue {
                field: "name",
                value: format!("{:?}", profile.name),
                remedy: "choose a name that is not empty, and not that of a built-in profile",
            });
        }
        if profile.len() == 0 {
            return Err(ControlError::BadValue {
                field: "upstream",
                value: "empty".to_owned(),
                remedy: "give at least one toxic in upstream or downstream",
            });
        }
        env.limits.admit_toxics(profile.len())?;
        let options = ToxicOptions::default();
        profile.build(&options, |_| false, env).map(drop)
    }

    /// The profile of a proxy, and its toxics as they are.
    ///
    /// # Errors
    ///
    /// No proxy has that name, or it has no profile.
    pub fn profile(&self, proxy: &str) -> Result<ProfileView, ControlError> {
        self.registry.find(proxy)?.profile()
    }

    /// Puts a profile on a proxy, in place of the one that it has. Links see one change. Every byte that arrives
    /// after this call is subject to it.
    ///
    /// # Errors
    ///
    /// No proxy or profile has that name; another toxic of the proxy has the name of one of the profile's
    /// ([`ControlError::ProfileClash`]); the session did not put on the profile that it would replace; an option is
    /// refused; there are too many toxics.
    pub fn set_profile(&self, proxy: &str, new: &NewProfile) -> Result<ProfileView, ControlError> {
        let proxy = self.registry.find(proxy)?;
        let unknown = new.unknown.iter();
        strict::admit(self.env().strict, || {
            unknown.map(|name| unknown_profile_field(name)).collect()
        })?;
        let name = new.name.as_deref().filter(|name| !name.is_empty());
        let name = name.ok_or(ControlError::MissingField {
            field: "name",
            entry: None,
        })?;
        let profile = self.env().find_profile(name)?;
        proxy.set_profile(&profile, &new.options, &self.actor)
    }

    /// Puts a profile on that [`Control::clear_tracked_profile`] takes off.
    ///
    /// # Errors
    ///
    /// As for [`Control::set_profile`], and [`ControlError::Stopping`] after a shutdown.
    pub fn set_tracked_profile(
        &self,
        proxy: &str,
        new: &NewProfile,
    ) -> Result<ProfileView, ControlError> {
        self.registry.admit_start()?;
        self.set_profile(proxy, new)
    }

    /// Removes the toxics of a proxy's profile that are still there.
    ///
    /// # Errors
    ///
    /// No proxy has that name, or it has no profile.
    pub fn clear_profile(&self, proxy: &str) -> Result<(), ControlError> {
        self.registry.find(proxy)?.clear_profile(None, &self.actor)
    }

    /// Removes a profile that [`Control::set_profile`] put on, and no other that has replaced it. `id` is
    /// [`ProfileView::id`].
    ///
    /// # Errors
    ///
    /// It is gone.
    pub fn clear_tracked_profile(&self, proxy: &str, id: u64) -> Result<(), ControlError> {
        let proxy = self.registry.find(proxy)?;
        proxy.clear_profile(Some(id), &self.actor)
    }

    /// The names of all profiles, in the order of [`Control::profiles`].
    pub fn profile_names(&self) -> Vec<String> {
        self.env().profiles.names()
    }

    /// Profiles to suggest in place of an unknown name.
    pub fn suggest_profiles(&self, written: &str) -> Suggestions {
        let names = self.env().profiles.names();
        Suggestions::of(written, names.iter().map(String::as_str))
    }
}

impl crate::control::env::Env {
    /// Errors: no profile has that name.
    pub(in crate::control) fn find_profile(
        &self,
        name: &str,
    ) -> Result<Arc<Profile>, ControlError> {
        let found = self.profiles.find(name);
        found.ok_or_else(|| ControlError::UnknownProfile {
            profile: name.chars().take(SHOWN).collect(),
        })
    }
}

/// How many characters of an unknown name an error repeats, because names can be long.
const SHOWN: usize = 100;
