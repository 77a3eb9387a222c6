//! Fields that nobody knows: which are left in peace, and how many of the others are kept.

/// Names that are kept of one proxy or toxic, and characters of each.
const MOST: usize = 8;
const LONGEST: usize = 64;

/// Whether a member says nothing by intention. `Logger` is what servers up to Toxiproxy 2.5 show of
/// every proxy, and clients send back what they got; the other forms are how people write comments
/// into JSON.
pub(crate) fn is_harmless(name: &str) -> bool {
    name == "logger"
        || ["_", "$", "//", "#", "x-"]
            .iter()
            .any(|mark| name.starts_with(mark))
}

/// Keeps the name of a member that nobody knows.
pub(super) fn keep(unknown: &mut Vec<String>, name: &str) {
    if is_harmless(name) || unknown.len() >= MOST {
        return;
    }
    let name = match name.char_indices().nth(LONGEST) {
        Some((end, _)) => name.get(..end).unwrap_or_default(),
        None => name,
    };
    unknown.push(name.to_owned());
}
