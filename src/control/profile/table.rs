//! The profiles by name: the built-in ones, and those of the config file.
//!
//! Its lock is a leaf: while it is held, no other is taken.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::definition::Profile;
use crate::toxics::profiles::built_in;

/// The maximum number of custom profiles.
pub const MAX_PROFILES: usize = 1000;

/// The profiles of a server.
#[derive(Debug, Default)]
pub(in crate::control) struct ProfileTable {
    custom: Mutex<BTreeMap<String, Arc<Profile>>>,
}

impl ProfileTable {
    pub(in crate::control) fn find(&self, name: &str) -> Option<Arc<Profile>> {
        let built_in = built_in_profile(name).map(Arc::new);
        built_in.or_else(|| self.custom.lock().get(name).cloned())
    }

    /// The custom profiles, by name.
    pub(super) fn custom(&self) -> Vec<Arc<Profile>> {
        self.custom.lock().values().cloned().collect()
    }

    /// All names: built-in ones in their order, then custom ones.
    pub(super) fn names(&self) -> Vec<String> {
        let built_in = built_in().map(|profile| profile.name.to_owned());
        built_in.chain(self.custom.lock().keys().cloned()).collect()
    }

    /// How many custom profiles and toxics there are, and how many built-in ones.
    pub(in crate::control) fn size(&self) -> usize {
        let built_in = built_in().map(Profile::built_in);
        let built_in: usize = built_in.map(|profile| 1 + profile.len()).sum();
        let custom = self.custom.lock();
        built_in
            + custom
                .values()
                .map(|profile| 1 + profile.len())
                .sum::<usize>()
    }

    pub(super) fn define(&self, profiles: Vec<Profile>) {
        let named = profiles.into_iter();
        let named = named.map(|profile| (profile.name.clone(), Arc::new(profile)));
        self.custom.lock().extend(named);
    }
}

/// The built-in profile of this name.
pub fn built_in_profile(name: &str) -> Option<Profile> {
    let mut all = built_in();
    let found = all.find(|profile| profile.name == name);
    found.map(Profile::built_in)
}
