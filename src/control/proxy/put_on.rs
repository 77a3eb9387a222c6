//! What is remembered of a proxy's profile, and the toxics of a list.

use std::sync::Arc;

use crate::control::profile::definition::Profile;
use crate::control::toxic::state::Toxic;
use crate::control::view::ToxicView;

/// The profile that was put on last. It may be gone: `State::profile` says whether it is there.
#[derive(Clone, Debug)]
pub(in crate::control) struct PutOn {
    pub(super) id: u64,
    pub(super) profile: Arc<Profile>,
    /// Its toxics as they were made.
    pub(super) made: Vec<ToxicView>,
    /// Whether they are as the profile alone makes them, without options of the request.
    pub(super) is_plain: bool,
}

/// The toxics of a new proxy, or of an entry of a list for a proxy that is kept. Their names are distinct.
#[derive(Debug, Default)]
pub(in crate::control) struct ToxicList {
    /// The profile, and its toxics as it defines them.
    pub(in crate::control) profile: Option<(Arc<Profile>, Vec<ToxicView>)>,
    /// Those of the profile, then the others.
    pub(in crate::control) toxics: Vec<Toxic>,
}

impl ToxicList {
    pub(in crate::control) fn is_empty(&self) -> bool {
        self.profile.is_none() && self.toxics.is_empty()
    }
}
