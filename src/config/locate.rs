//! Locates entries of a config file, for errors that appear only when the server starts them.
//!
//! May know: `decode`'s JSON reader. Must not know: what can be wrong with an entry.

use serde_json::value::RawValue;

use super::fault::Fault;
use super::text;
use crate::decode::json::{self, Value};

/// A fault of the entry with this index, at the named field if the entry has it.
pub fn config_fault(file: &[u8], entry: usize, field: &str, problem: String) -> Fault {
    let text = text::decode(file).unwrap_or_default();
    let (base, entries) = entries(&text).unwrap_or_default();
    let path = format!("{base}[{entry}]");
    let Some(raw) = entries.get(entry) else {
        return Fault::at(&text, 0, &path, problem);
    };
    let members = match json::look(raw) {
        Ok(Value::Object(members)) => members,
        _ => Vec::new(),
    };
    let mut given = members.iter().rev();
    let given = given.find(|(name, value)| name == field && value.get() != "null");
    let (at, path) = match given {
        Some((_, value)) => (*value, format!("{path}.{field}")),
        None => (*raw, path),
    };
    // Values are slices of the text, so their addresses in memory give their offsets.
    let offset = (at.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    Fault::at(&text, offset, &path, problem)
}

/// The list of proxies, and the path to it.
fn entries(text: &str) -> Option<(&'static str, Vec<&RawValue>)> {
    match json::look(json::first(text).ok()?).ok()? {
        Value::List(entries) => Some(("", entries)),
        Value::Object(members) => {
            let (_, list) = members.into_iter().rfind(|(name, _)| name == "proxies")?;
            match json::look(list).ok()? {
                Value::List(entries) => Some(("proxies", entries)),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, entry: usize, field: &str) -> String {
        config_fault(text.as_bytes(), entry, field, "bad".into()).to_string()
    }

    #[test]
    fn entries_and_fields_are_found_in_either_form_of_the_file() {
        let list = "[{\"name\": \"a\"},\n {\"name\": \"b\", \"listen\": \"x:1\"}]";
        assert_eq!(told(list, 1, "listen"), "2:26: error: [1].listen: bad");
        assert_eq!(told(list, 0, "listen"), "1:2: error: [0]: bad");
        let object = format!("\u{feff}{{\"proxies\": {list}}}");
        assert_eq!(
            told(&object, 1, "listen"),
            "2:26: error: proxies[1].listen: bad"
        );
        assert_eq!(told(&object, 0, ""), "1:14: error: proxies[0]: bad");
        assert_eq!(told("[", 3, "name"), "1:1: error: [3]: bad");
    }
}
