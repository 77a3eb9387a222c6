//! Identifies the session that an object belongs to.

use std::sync::Arc;

/// Identifies a session, even after its end. Names can be reused; ids are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::control) struct SessionId {
    pub(super) id: u64,
    pub(in crate::control) name: Arc<str>,
}
