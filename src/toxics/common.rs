//! The attributes of every kind of toxic, those of other crates included.
//!
//! They are declared and documented once, here. [`Kind::of`](super::Kind::of) appends them to those
//! of the kind, so everything that reads attributes of kinds reads them too.

use std::sync::Arc;

use super::attribute::Attribute;
use super::error::AttributeError;
use super::values::Values;
use super::{after, framing, phase};
use crate::engine::Trigger;
use crate::engine::framing::Framing;

/// The attributes that every kind has after its own, in the order in which users see them.
pub fn common_attributes() -> Vec<Attribute> {
    vec![after::attribute(), framing::attribute(), phase::attribute()]
}

/// What these attributes say, as a plan needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Common {
    /// What must happen on a connection before the toxic acts there.
    pub after: Option<Trigger>,
    /// How the messages of its stream are told apart.
    pub framing: Option<Arc<Framing>>,
}

impl Common {
    /// Errors: the values contradict each other.
    pub(super) fn of(values: &Values) -> Result<Self, AttributeError> {
        Ok(Common {
            after: after::read(values)?,
            framing: framing::read(values)?.map(Arc::new),
        })
    }
}
