//! The types of attributes, and the check that a value has a type.
//!
//! Whole numbers follow Toxiproxy's rules: `100` is one, but `100.0`, `1e2` and `"100"` are not.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::error::{AttributeError, shown};
use super::value::Value;
use crate::util::duration;

/// The longest time that can be written as text: 292 years.
const LONGEST: Duration = Duration::from_nanos(i64::MAX as u64);
/// The most entries of a list or map, unless a kind says otherwise.
const MAX_ENTRIES: usize = 1000;
/// The most bytes of a text, unless a kind says otherwise.
const MAX_BYTES: usize = 1024 * 1024;

/// The type of an attribute, including the range of accepted values.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// A 64-bit whole number.
    Integer {
        /// The accepted values; any other is refused.
        accepted: RangeInclusive<i64>,
        /// The values that make sense. Another accepted value acts like the nearest end, with a
        /// warning.
        sensible: RangeInclusive<i64>,
    },
    /// A finite number, whole or not.
    Number {
        /// The accepted values.
        accepted: RangeInclusive<f64>,
    },
    /// True or false.
    Boolean,
    /// A string.
    Text {
        /// The accepted strings. If there are none, any string is accepted.
        choices: &'static [&'static str],
        /// The most bytes that the string may have.
        max_bytes: usize,
    },
    /// A time, given as text such as `1m30s` or as whole milliseconds.
    Duration {
        /// The accepted values.
        accepted: RangeInclusive<Duration>,
    },
    /// An ordered list of values of one type.
    List {
        /// The type of each value.
        of: Box<Type>,
        /// The most values that the list may have.
        max_entries: usize,
    },
    /// Values of one type, with names that the caller chooses.
    Map {
        /// The type of each value.
        of: Box<Type>,
        /// The most values that the map may have.
        max_entries: usize,
    },
}

impl Type {
    /// A whole number.
    pub fn integer(accepted: RangeInclusive<i64>) -> Self {
        Type::Integer {
            sensible: accepted.clone(),
            accepted,
        }
    }

    /// A number, whole or not.
    pub fn number(accepted: RangeInclusive<f64>) -> Self {
        Type::Number { accepted }
    }

    /// Any string of up to 1 MiB.
    pub fn text() -> Self {
        Type::Text {
            choices: &[],
            max_bytes: MAX_BYTES,
        }
    }

    /// One of these strings.
    pub fn choice(choices: &'static [&'static str]) -> Self {
        Type::Text {
            choices,
            max_bytes: MAX_BYTES,
        }
    }

    /// Any time that can be written as text, which is up to 292 years.
    pub fn duration() -> Self {
        Type::Duration {
            accepted: Duration::ZERO..=LONGEST,
        }
    }

    /// A list of up to 1000 values.
    pub fn list(of: Type) -> Self {
        Type::List {
            of: Box::new(of),
            max_entries: MAX_ENTRIES,
        }
    }

    /// A map of up to 1000 named values.
    pub fn map(of: Type) -> Self {
        Type::Map {
            of: Box::new(of),
            max_entries: MAX_ENTRIES,
        }
    }

    /// Converts the value to the form that a kind receives, or says why it is not valid.
    pub(super) fn check(
        &self,
        name: &str,
        unit: &'static str,
        value: &Value,
    ) -> Result<Value, AttributeError> {
        let out_of_range = || Err(self.out_of_range(name, unit, value.clone()));
        match (self, value) {
            (Type::Integer { accepted, .. }, Value::Integer(number)) => {
                match accepted.contains(number) {
                    true => Ok(value.clone()),
                    false => out_of_range(),
                }
            }
            (
                Type::Number { accepted },
                Value::Integer(_) | Value::Written { .. } | Value::Number(_),
            ) => {
                let number = value.as_number().filter(|number| number.is_finite());
                match number.filter(|number| accepted.contains(number)) {
                    Some(number) => Ok(Value::Number(number)),
                    None => out_of_range(),
                }
            }
            (Type::Boolean, Value::Boolean(_)) => Ok(value.clone()),
            (Type::Text { choices, max_bytes }, Value::Text(text)) => {
                let known = choices.is_empty() || choices.contains(&text.as_str());
                match known && text.len() <= *max_bytes {
                    true => Ok(value.clone()),
                    false => out_of_range(),
                }
            }
            (Type::Duration { accepted }, value) => match read_time(value) {
                Some(time) if accepted.contains(&time) => Ok(Value::Duration(time)),
                Some(_) => out_of_range(),
                None => Err(self.wrong(name, unit, value)),
            },
            (Type::List { of, max_entries }, Value::List(entries)) => {
                if entries.len() > *max_entries {
                    return out_of_range();
                }
                let entries = entries.iter().enumerate();
                let checked = entries
                    .map(|(index, entry)| of.check(&format!("{name}[{index}]"), unit, entry));
                Ok(Value::List(checked.collect::<Result<_, _>>()?))
            }
            (Type::Map { of, max_entries }, Value::Map(entries)) => {
                if entries.len() > *max_entries {
                    return out_of_range();
                }
                let checked = entries.iter().map(|(key, entry)| {
                    let checked = of.check(&format!("{name}.{key}"), unit, entry)?;
                    Ok((key.clone(), checked))
                });
                Ok(Value::Map(checked.collect::<Result<_, _>>()?))
            }
            (_, value) => Err(self.wrong(name, unit, value)),
        }
    }

    fn wrong(&self, name: &str, unit: &'static str, value: &Value) -> AttributeError {
        let (name, value, expected) = (name.to_owned(), shown(value), self.expected(unit));
        match self {
            Type::Integer { .. } => AttributeError::NotAnInteger {
                name,
                value,
                expected,
                unit,
            },
            _ => AttributeError::WrongType {
                name,
                value,
                expected,
            },
        }
    }

    pub(super) fn out_of_range(
        &self,
        name: &str,
        unit: &'static str,
        value: impl Into<Value>,
    ) -> AttributeError {
        let value = value.into();
        let counts = matches!(self, Type::Integer { .. } | Type::Number { .. }) && !unit.is_empty();
        let value = shown(&value);
        AttributeError::OutOfRange {
            name: name.to_owned(),
            value: if counts {
                format!("{value} {unit}")
            } else {
                value
            },
            expected: self.range(),
        }
    }

    /// Describes the expected value, as the end of "must be …".
    pub fn expected(&self, unit: &str) -> String {
        let of = |what: &str| match unit {
            "" => what.to_owned(),
            unit => format!("{what} of {unit}"),
        };
        match self {
            Type::Integer { .. } => of("a whole number"),
            Type::Number { .. } => of("a number"),
            Type::Boolean => "true or false".to_owned(),
            Type::Text { choices: [], .. } => "a text".to_owned(),
            Type::Text { .. } => self.range(),
            Type::Duration { .. } => {
                "a time such as \"1s\" or \"1m30s\", or whole milliseconds".to_owned()
            }
            Type::List { of, .. } => format!("a list; each entry is {}", of.expected(unit)),
            Type::Map { of, .. } => format!("an object; each value is {}", of.expected(unit)),
        }
    }

    /// The sensible range, for users: `0 or more`, `from 1 to 10`, `one of a, b`.
    pub fn range(&self) -> String {
        let time = |time: &Duration| duration::text(*time);
        match self {
            Type::Integer { sensible, .. } => match (*sensible.start(), *sensible.end()) {
                (i64::MIN, i64::MAX) => "any whole number".to_owned(),
                (i64::MIN, high) => format!("{high} or less"),
                (low, i64::MAX) => format!("{low} or more"),
                (low, high) => format!("from {low} to {high}"),
            },
            Type::Number { accepted } => match (*accepted.start(), *accepted.end()) {
                (f64::MIN, f64::MAX) => "any number".to_owned(),
                (low, f64::MAX) => format!("{low} or more"),
                (low, high) => format!("from {low} to {high}"),
            },
            Type::Boolean => "true or false".to_owned(),
            Type::Text {
                choices: [],
                max_bytes,
            } => format!("at most {max_bytes} bytes"),
            Type::Text { choices, .. } => format!("one of {}", choices.join(", ")),
            Type::Duration { accepted } => match accepted.clone().into_inner() {
                (low, LONGEST) => format!("{} or more", time(&low)),
                (low, high) => format!("from {} to {}", time(&low), time(&high)),
            },
            Type::List { max_entries, .. } | Type::Map { max_entries, .. } => {
                format!("at most {max_entries} entries")
            }
        }
    }

    /// A valid value of this type.
    pub(super) fn some_value(&self) -> Value {
        match self {
            Type::Integer { sensible, .. } => 1.max(*sensible.start()).min(*sensible.end()).into(),
            Type::Number { accepted } => 1_f64.max(*accepted.start()).min(*accepted.end()).into(),
            Type::Boolean => true.into(),
            Type::Text { choices, .. } => (*choices.first().unwrap_or(&"text")).into(),
            Type::Duration { accepted } => Duration::from_secs(1)
                .max(*accepted.start())
                .min(*accepted.end())
                .into(),
            Type::List { of, .. } => Value::List(vec![of.some_value()]),
            Type::Map { of, .. } => Value::Map(vec![("name".to_owned(), of.some_value())]),
        }
    }
}

/// Reads a time in any of the forms in which it can be given.
fn read_time(value: &Value) -> Option<Duration> {
    match value {
        Value::Duration(time) => Some(*time),
        Value::Text(text) => duration::parse(text).ok(),
        Value::Integer(ms) => u64::try_from(*ms).ok().map(Duration::from_millis),
        _ => None,
    }
}
