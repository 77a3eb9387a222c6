//! Values of attributes.

use serde_json::Value as Json;

use crate::control::Value;
use crate::util::duration;

/// A value as JSON; times are text such as `1m30s`.
pub(crate) fn json(value: &Value) -> Json {
    match value {
        Value::Null | Value::Oversized => Json::Null,
        Value::Boolean(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Number(value) | Value::Written { value, .. } => (*value).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Duration(time) => duration::text(*time).into(),
        Value::List(entries) => entries.iter().map(json).collect(),
        Value::Map(entries) => {
            let entries = entries.iter();
            entries
                .map(|(name, value)| (name.clone(), json(value)))
                .collect()
        }
    }
}
