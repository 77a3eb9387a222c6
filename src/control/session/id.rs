//! Which session a thing belongs to.

use std::sync::Arc;

/// A session, beyond its end. Names can be used again, ids are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::control) struct SessionId {
    pub(super) id: u64,
    pub(in crate::control) name: Arc<str>,
}
