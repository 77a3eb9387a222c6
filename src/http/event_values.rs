//! What an update changed, and what a new toxic was given, as an event's JSON.
//!
//! May know: `control`'s differences.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::write::Match;
use crate::control::{Difference, Field, FieldValue};

/// An object with a member for each field that changed.
pub(super) struct Changes<'a>(pub(super) &'a [Difference]);

#[derive(Serialize)]
struct OldAndNew<'a> {
    old: Shown<'a>,
    new: Shown<'a>,
}

impl Serialize for Changes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(self.0.len()))?;
        for Difference { field, old, new } in self.0 {
            let values = OldAndNew {
                old: Shown(old),
                new: Shown(new),
            };
            match field {
                Field::Own(name) => members.serialize_entry(name, &values)?,
                Field::Attribute(name) => {
                    members.serialize_entry(&format!("attributes.{name}"), &values)?;
                }
            }
        }
        members.end()
    }
}

struct Shown<'a>(&'a FieldValue);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            FieldValue::Unset => serializer.serialize_none(),
            FieldValue::Integer(value) => serializer.serialize_i64(*value),
            FieldValue::Number(value) => serializer.serialize_u64(*value),
            FieldValue::Share(value) => serializer.serialize_f32(*value),
            FieldValue::Text(text) => serializer.serialize_str(text),
            FieldValue::Scope(scope) => Match::of(scope).serialize(serializer),
        }
    }
}
