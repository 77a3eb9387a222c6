//! Values of attributes from JSON, as the server reads them.

use aconite::toxics::Value;

/// Reads a value.
pub fn read(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text).map(of_json)
}

fn of_json(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => value.into(),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, value) => value.unwrap_or(f64::NAN).into(),
        },
        serde_json::Value::String(text) => text.into(),
        serde_json::Value::Array(entries) => {
            Value::List(entries.into_iter().map(of_json).collect())
        }
        serde_json::Value::Object(members) => {
            let members = members.into_iter();
            Value::Map(
                members
                    .map(|(name, value)| (name, of_json(value)))
                    .collect(),
            )
        }
    }
}
