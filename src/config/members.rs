//! Fields of a proxy in a config file, as far as other fields are checked against them.
//!
//! Must not know what can be wrong with a field.

use crate::decode::json::{self, Member, Value};

/// The text of a field. The last one counts, `null` aside.
pub(super) fn text_of(members: &[Member<'_>], field: &str) -> Option<String> {
    let given = members.iter().filter(|(name, _)| name == field);
    let mut given = given.filter_map(|(_, raw)| match json::look(raw) {
        Ok(Value::Text(text)) => Some(text),
        // Of a wrong type, which is told of where it stands.
        Ok(Value::Null) => None,
        _ => Some("?".to_owned()),
    });
    given.next_back()
}

/// Whether a proxy is not to listen. The last `enabled` counts, `null` aside.
pub(super) fn is_disabled(members: &[Member<'_>]) -> bool {
    let given = members.iter().filter(|(name, _)| name == "enabled");
    let mut given = given.filter_map(|(_, raw)| match json::look(raw) {
        Ok(Value::Bool(enabled)) => Some(enabled),
        _ => None,
    });
    given.next_back() == Some(false)
}
