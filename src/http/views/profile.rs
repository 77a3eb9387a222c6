//! Profiles: `control`'s views → the types that cross the API.

use crate::control::{ProfileDefinition, ProfileView, ToxicView};
use crate::wire::{Profile, ProfileOnProxy, ProfileToxic, Toxic};

impl From<ProfileDefinition> for Profile {
    fn from(view: ProfileDefinition) -> Self {
        let shown = |stream: &str| {
            let toxics = view.toxics.iter().filter(|toxic| toxic.stream == stream);
            toxics.cloned().map(lasting).collect()
        };
        Profile {
            upstream: shown("upstream"),
            downstream: shown("downstream"),
            name: view.name,
            description: view.description,
            source: view.source,
        }
    }
}

/// A toxic without transient state.
fn lasting(mut view: ToxicView) -> ProfileToxic {
    view.expires_in = None;
    view.active = None;
    Toxic::from(view).into()
}

impl From<ProfileView> for ProfileOnProxy {
    fn from(view: ProfileView) -> Self {
        ProfileOnProxy {
            name: view.name,
            description: view.description,
            source: view.source,
            toxics: view.toxics.into_iter().map(Toxic::from).collect(),
            missing: view.missing,
            changed: view.changed,
        }
    }
}
