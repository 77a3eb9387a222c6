//! The value of an attribute, as a caller gives it and as a kind of toxic receives it.
//!
//! Values do not depend on a format. The decoder of a request or a file creates them within the
//! limits below. A value that exceeds them becomes [`Value::Oversized`]. So an ignored attribute
//! costs nothing, and a known one can be refused.

use std::fmt;
use std::time::Duration;

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value. An attribute with this value counts as not given.
    Null,
    /// True or false.
    Boolean(bool),
    /// A number that was written without a point or an exponent and fits in 64 bits.
    Integer(i64),
    /// Any other number that was read from a format, with its text for messages. Examples are
    /// `1e3`, or an integer that does not fit in 64 bits.
    Written {
        /// The number.
        value: f64,
        /// The text as it was written.
        text: Box<str>,
    },
    /// A number without its text, such as `100.0` in Rust code. It is not the same as `100`, as in
    /// Toxiproxy.
    Number(f64),
    /// A string.
    Text(String),
    /// A time. Formats without a type for times give text such as `1m30s`, or whole milliseconds.
    Duration(Duration),
    /// An ordered list of values.
    List(Vec<Value>),
    /// Named values in the order in which they were given. No name appears twice.
    Map(Vec<(String, Value)>),
    /// A value beyond [`Value::MAX_PARTS`] or [`Value::MAX_DEPTH`]; no attribute accepts it.
    Oversized,
}

impl Value {
    /// The most values that one value may contain, counting all levels.
    pub const MAX_PARTS: usize = 10_000;
    /// How deep lists and maps may be nested.
    pub const MAX_DEPTH: usize = 8;

    /// Returns the integer, if the value is one.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Value::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the number, whole or not, if the value is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Integer(value) => Some(*value as f64),
            Value::Written { value, .. } => Some(*value),
            Value::Number(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the string, if the value is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value with this name, if this is a map that has one.
    pub fn member(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Map(entries) => field(entries, name),
            _ => None,
        }
    }

    /// Whether the value is an empty string, list or map.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Text(text) => text.is_empty(),
            Value::List(entries) => entries.is_empty(),
            Value::Map(entries) => entries.is_empty(),
            _ => false,
        }
    }

    /// Returns the time, if the value is one.
    pub fn as_duration(&self) -> Option<Duration> {
        match self {
            Value::Duration(time) => Some(*time),
            _ => None,
        }
    }
}

/// Finds the value with this name among the entries of a map.
pub(super) fn field<'a>(entries: &'a [(String, Value)], name: &str) -> Option<&'a Value> {
    let found = entries.iter().find(|(own, _)| own == name);
    found.map(|(_, value)| value)
}

impl Value {
    /// Bytes of memory that the value owns.
    pub fn weight(&self) -> usize {
        match self {
            Value::Text(text) => text.len(),
            Value::Written { text, .. } => text.len(),
            Value::List(entries) => {
                let inner: usize = entries.iter().map(Value::weight).sum();
                size_of_val(&**entries) + inner
            }
            Value::Map(entries) => {
                let inner = entries
                    .iter()
                    .map(|(name, value)| name.len() + value.weight());
                size_of_val(&**entries) + inner.sum::<usize>()
            }
            _ => 0,
        }
    }
}

/// Formats the value as JSON, for messages.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Boolean(value) => write!(f, "{value}"),
            Value::Integer(value) => write!(f, "{value}"),
            Value::Written { text, .. } => f.write_str(text),
            Value::Number(value) => write!(f, "{value}"),
            Value::Text(text) => write!(f, "{text:?}"),
            Value::Duration(time) => f.write_str(&crate::util::duration::text(*time)),
            Value::List(entries) => {
                f.write_str("[")?;
                for (index, entry) in entries.iter().enumerate() {
                    write!(f, "{}{entry}", if index == 0 { "" } else { "," })?;
                }
                f.write_str("]")
            }
            Value::Map(entries) => {
                f.write_str("{")?;
                for (index, (name, value)) in entries.iter().enumerate() {
                    write!(f, "{}{name:?}:{value}", if index == 0 { "" } else { "," })?;
                }
                f.write_str("}")
            }
            Value::Oversized => f.write_str("more than any attribute takes"),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Boolean(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Integer(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Number(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<Duration> for Value {
    fn from(time: Duration) -> Self {
        Value::Duration(time)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(entries: Vec<T>) -> Self {
        Value::List(entries.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>, const N: usize> From<[(&str, T); N]> for Value {
    fn from(entries: [(&str, T); N]) -> Self {
        let entries = entries.into_iter();
        Value::Map(
            entries
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect(),
        )
    }
}
