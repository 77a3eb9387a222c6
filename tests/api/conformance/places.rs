//! The placeholders that stand for port numbers.

use std::collections::BTreeMap;

use serde_json::Value;

/// The known ports of one run.
#[derive(Debug, Default)]
pub struct Places(BTreeMap<String, u16>);

impl Places {
    /// Lets `{label}` stand for `port`; labels are such as `api`, `port:web`, `up:echo`.
    pub fn set(&mut self, label: &str, port: u16) {
        self.0.insert(format!("{{{label}}}"), port);
    }

    /// `text` with each known placeholder replaced by its number.
    pub fn fill(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (place, port) in &self.0 {
            if text.contains(place) {
                text = text.replace(place, &port.to_string());
            }
        }
        text
    }

    /// The same in every string and member name of a JSON value.
    pub fn fill_json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill(text)),
            Value::Array(items) => items.iter().map(|item| self.fill_json(item)).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(name, item)| (self.fill(name), self.fill_json(item)))
                .collect(),
            other => other.clone(),
        }
    }
}
