//! Unknown fields: which are ignored silently, and how many of the others are kept.

use crate::util::text::truncate;

/// The most names kept for one proxy or toxic, and the maximum length of each in characters.
const MOST: usize = 8;
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
