//! The attributes that a request gives, of which some may be placed beside `attributes`.
//!
//! The decoder does not know the kinds of toxic, so it keeps every member that it does not know. Here they
//! are sorted into attributes of the kind and unknown fields.

use std::borrow::Cow;

use crate::toxics::{Kind, Value};

/// The most unknown fields that warnings name.
const MOST_UNKNOWN: usize = 8;

/// All attributes that were given. The last of a name counts, so one beside `attributes` comes after one in
/// it.
pub(in crate::control) fn given<'a>(
    kind: &Kind,
    inside: &'a [(String, Value)],
    beside: &[(String, Value)],
) -> Cow<'a, [(String, Value)]> {
    let beside = beside.iter().filter(|(name, _)| kind.has_beside(name));
    let beside: Vec<_> = beside.cloned().collect();
    match beside.is_empty() {
        true => Cow::Borrowed(inside),
        false => Cow::Owned([inside, &beside].concat()),
    }
}

/// The names of the members that are no attributes of this kind.
pub(in crate::control) fn unknown<'a>(
    kind: Option<&Kind>,
    beside: &'a [(String, Value)],
) -> impl Iterator<Item = &'a str> {
    let names = beside.iter().map(|(name, _)| name.as_str());
    let unknown = names.filter(move |name| !kind.is_some_and(|kind| kind.has_beside(name)));
    unknown.take(MOST_UNKNOWN)
}
