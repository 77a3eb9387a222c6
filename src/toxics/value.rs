//! A value of an attribute: what a caller gives, and what a kind of toxic gets to see.
//!
//! It belongs to no format. Whoever reads a request or a file makes these of its text, within the
//! limits below; what does not fit becomes [`Value::Oversized`], so that an attribute that is
//! ignored costs nothing, and one that is known can be refused.

use std::fmt;
use std::time::Duration;

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing: as the value of an attribute it counts as not given.
    Null,
    /// True or false.
    Boolean(bool),
    /// A number that was written without a point and an exponent and fits 64 bits.
    Integer(i64),
    /// Any other number as a format has it, with the text that messages repeat: `1e3`, or an integer that does not
    /// fit 64 bits.
    Written {
        /// The number.
        value: f64,
        /// How it was written.
        text: Box<str>,
    },
    /// Any other number. `100.0` is one of these, as Toxiproxy tells it from `100`.
    Number(f64),
    /// A text.
    Text(String),
    /// A time. Formats without times give a text such as `1m30s`, or whole milliseconds.
    Duration(Duration),
    /// Values in order.
    List(Vec<Value>),
    /// Values by name, in the order in which they were given; no name is there twice.
    Map(Vec<(String, Value)>),
    /// More than [`Value::MAX_PARTS`] or deeper than [`Value::MAX_DEPTH`]; no attribute takes it.
    Oversized,
}

impl Value {
    /// The most values that are inside one value, all levels together.
    pub const MAX_PARTS: usize = 10_000;
    /// How many lists and maps stand inside each other at most.
    pub const MAX_DEPTH: usize = 8;

    /// The integer, if it is one.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Value::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, whole or not, if it is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Integer(value) => Some(*value as f64),
            Value::Written { value, .. } => Some(*value),
            Value::Number(value) => Some(*value),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The time, if it is one.
    pub fn as_duration(&self) -> Option<Duration> {
        match self {
            Value::Duration(time) => Some(*time),
            _ => None,
        }
    }
}

impl Value {
    /// Bytes of memory behind it.
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

/// As messages repeat it, which is as JSON has it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Boolean(value) => write!(f, "{value}"),
            Value::Integer(value) => write!(f, "{value}"),
            Value::Written { text, .. } => f.write_str(text),
            Value::Number(value) => write!(f, "{value:?}"),
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
