//! JSON → attribute values. Must not know which attributes exist.

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::json::{self as text, members as members_of};
use crate::control::Value;

/// Converts JSON whose syntax was checked to a value. Member names keep their case.
pub(super) fn read(raw: &RawValue) -> Value {
    let mut parts = Value::MAX_PARTS;
    part(raw, Value::MAX_DEPTH, &mut parts).unwrap_or(Value::Oversized)
}

/// Returns `None` if the value is deeper or has more parts than any attribute allows.
fn part(raw: &RawValue, depth: usize, parts: &mut usize) -> Option<Value> {
    *parts = parts.checked_sub(1)?;
    let text = raw.get();
    if text.starts_with('{') {
        let depth = depth.checked_sub(1)?;
        let mut members = members_of(raw).ok()?;
        // If a name is repeated, the last one counts.
        let mut seen = HashSet::new();
        members.reverse();
        members.retain(|(name, _)| seen.insert(name.clone()));
        members.reverse();
        let members = members.into_iter();
        let values = members.map(|(name, raw)| Some((name, part(raw, depth, parts)?)));
        return Some(Value::Map(values.collect::<Option<_>>()?));
    }
    Some(match text::look(raw).ok()? {
        text::Value::Null | text::Value::Object(_) => Value::Null,
        text::Value::Bool(value) => Value::Boolean(value),
        text::Value::Text(text) => Value::Text(text),
        text::Value::Number(text) => match text.parse() {
            Ok(whole) => Value::Integer(whole),
            Err(_) => Value::Written {
                value: text.parse().ok()?,
                text: text.to_string().into(),
            },
        },
        text::Value::List(entries) => {
            let depth = depth.checked_sub(1)?;
            let entries = entries.into_iter();
            let values = entries.map(|raw| part(raw, depth, parts));
            Value::List(values.collect::<Option<_>>()?)
        }
    })
}
