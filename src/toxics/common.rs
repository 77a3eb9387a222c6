//! The attributes of every kind of toxic, those of other crates included.
//!
//! They are declared and documented once, here. [`Kind::of`](super::Kind::of) appends them to those
//! of the kind, so everything that reads attributes of kinds reads them too.

use super::attribute::Attribute;

/// The attributes that every kind has after its own, in the order in which users see them.
pub fn common_attributes() -> Vec<Attribute> {
    Vec::new()
}
