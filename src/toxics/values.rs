//! The attributes of one toxic after they have been checked.

use std::time::Duration;

use super::value::Value;

/// The values of a toxic's attributes, in the order in which its kind declares them. Each has its
/// attribute's type and is within its range. An attribute without a value or default is left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values(Vec<(&'static str, Value)>);

impl Values {
    /// Returns the value of an attribute, if it has one.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let found = self.0.iter().find(|(own, _)| *own == name);
        found.map(|(_, value)| value)
    }

    /// All values, with their names.
    pub fn iter(&self) -> std::slice::Iter<'_, (&'static str, Value)> {
        self.0.iter()
    }

    /// Bytes of memory that the values own.
    pub fn weight(&self) -> usize {
        let inner = self.0.iter().map(|(_, value)| value.weight());
        size_of_val(&*self.0) + inner.sum::<usize>()
    }

    /// A whole number; 0 if the attribute has no value.
    pub fn integer(&self, name: &str) -> i64 {
        self.get(name).and_then(Value::as_integer).unwrap_or(0)
    }

    /// A whole number as a count; 0 if it is negative or the attribute has no value.
    pub fn count(&self, name: &str) -> u64 {
        u64::try_from(self.integer(name)).unwrap_or(0)
    }

    /// A whole number of milliseconds; zero if it is negative or the attribute has no value.
    pub fn millis(&self, name: &str) -> Duration {
        Duration::from_millis(self.count(name))
    }

    /// A number; 0 if the attribute has no value.
    pub fn number(&self, name: &str) -> f64 {
        self.get(name).and_then(Value::as_number).unwrap_or(0.0)
    }

    /// A boolean; false if the attribute has no value.
    pub fn boolean(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Value::Boolean(true)))
    }

    /// A string; empty if the attribute has no value.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_text).unwrap_or_default()
    }

    /// A time; zero if the attribute has no value.
    pub fn duration(&self, name: &str) -> Duration {
        let time = self.get(name).and_then(Value::as_duration);
        time.unwrap_or_default()
    }

    /// The entries of a list; empty if the attribute has no value.
    pub fn list(&self, name: &str) -> &[Value] {
        match self.get(name) {
            Some(Value::List(entries)) => entries,
            _ => &[],
        }
    }

    /// The entries of a map; empty if the attribute has no value.
    pub fn map(&self, name: &str) -> &[(String, Value)] {
        match self.get(name) {
            Some(Value::Map(entries)) => entries,
            _ => &[],
        }
    }
}

impl FromIterator<(&'static str, Value)> for Values {
    fn from_iter<I: IntoIterator<Item = (&'static str, Value)>>(values: I) -> Self {
        Values(values.into_iter().collect())
    }
}
