//! A toxic of a proxy in a config file, and its place.

use serde_json::value::RawValue;

use crate::control::NewToxic;

/// A toxic of a proxy in the file.
pub(super) struct ListedToxic<'a> {
    pub(super) name: String,
    pub(super) new: NewToxic,
    pub(super) raw: &'a RawValue,
    pub(super) path: String,
}
