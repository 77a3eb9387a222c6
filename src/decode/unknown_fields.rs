//! Unknown fields: which are ignored silently, and how many of the others are kept.

use serde_json::value::RawValue;

use super::attribute;
use crate::control::Value;
use crate::util::text::truncate;

/// The most names kept for one proxy, and the maximum length of each in characters.
const MOST: usize = 8;
/// The most members kept for one toxic. It is larger, because some may be attributes of the toxic's kind.
const MOST_BESIDE: usize = 64;
const LONGEST: usize = 64;

/// Whether an unknown member is ignored without a warning. Toxiproxy up to 2.5 shows `Logger` with every
/// proxy, and clients send back what they received. The other prefixes are how people write comments in JSON.
pub(crate) fn is_harmless(name: &str) -> bool {
    name == "logger"
        || ["_", "$", "//", "#", "x-"]
            .iter()
            .any(|mark| name.starts_with(mark))
}

/// Keeps the name of an unknown member.
pub(super) fn keep(unknown: &mut Vec<String>, name: &str) {
    if is_harmless(name) || unknown.len() >= MOST {
        return;
    }
    unknown.push(truncate(name, LONGEST).to_owned());
}

/// Keeps a member of a toxic that may be an attribute of its kind, which is not known here.
pub(crate) fn keep_beside(beside: &mut Vec<(String, Value)>, name: &str, raw: &RawValue) {
    if is_harmless(name) || beside.len() >= MOST_BESIDE {
        return;
    }
    beside.push((truncate(name, LONGEST).to_owned(), attribute::read(raw)));
}
