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
        Value::Number(value) | Value::Written { value, .. } => number(*value),
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

/// A number as JavaScript and Go write it: without a point if it is whole.
fn number(value: f64) -> Json {
    /// Whole numbers up to this one are exact (2^53).
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value.fract() == 0.0 && value.abs() <= EXACT {
        true => (value as i64).into(),
        false => value.into(),
    }
}
