//! The types of attributes, and whether a value is of one.
//!
//! Whole numbers are read by Toxiproxy's rules: `100` is one, `100.0`, `1e2` and `"100"` are not.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::error::{AttributeError, shown};
use super::value::Value;
use crate::util::duration;

/// The longest time that text can say, which is 292 years.
const LONGEST: Duration = Duration::from_nanos(i64::MAX as u64);
/// Entries of a list or a map, unless a kind says otherwise.
const MAX_ENTRIES: usize = 1000;
/// Bytes of a text, unless a kind says otherwise.
const MAX_BYTES: usize = 1024 * 1024;

/// The type of an attribute, with what is taken of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// A whole number of 64 bits.
    Integer {
        /// What is taken; anything else is refused.
        accepted: RangeInclusive<i64>,
        /// What makes sense; the rest acts like the nearest end, with a warning.
        sensible: RangeInclusive<i64>,
    },
    /// A number, whole or not; no infinity.
    Number {
        /// What is taken.
        accepted: RangeInclusive<f64>,
    },
    /// True or false.
    Boolean,
    /// A text.
    Text {
        /// The texts that are taken; none: all.
        choices: &'static [&'static str],
        /// How many bytes it has at most.
        max_bytes: usize,
    },
    /// A time: text such as `1m30s`, or whole milliseconds.
    Duration {
        /// What is taken.
        accepted: RangeInclusive<Duration>,
    },
    /// Values of one type, in order.
    List {
        /// The type of each.
        of: Box<Type>,
        /// How many there are at most.
        max_entries: usize,
    },
    /// Values of one type, by names that the caller chooses.
    Map {
        /// The type of each.
        of: Box<Type>,
        /// How many there are at most.
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

    /// Any text of up to 1 MiB.
    pub fn text() -> Self {
        Type::Text {
            choices: &[],
            max_bytes: MAX_BYTES,
        }
    }

    /// One of these texts.
    pub fn choice(choices: &'static [&'static str]) -> Self {
        Type::Text {
            choices,
            max_bytes: MAX_BYTES,
        }
    }

    /// Any time that can be written, which is up to 292 years.
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

    /// Up to 1000 values by name.
    pub fn map(of: Type) -> Self {
        Type::Map {
            of: Box::new(of),
            max_entries: MAX_ENTRIES,
        }
    }

    /// The value as a kind gets to see it.
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

    /// What is taken, as the end of "must be …".
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

    /// The range of what makes sense, for people: `0 or more`, `from 1 to 10`, `one of a, b`.
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

    /// A value of this type.
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

/// A time, in any of the ways to give one.
fn read_time(value: &Value) -> Option<Duration> {
    match value {
        Value::Duration(time) => Some(*time),
        Value::Text(text) => duration::parse(text).ok(),
        Value::Integer(ms) => u64::try_from(*ms).ok().map(Duration::from_millis),
        _ => None,
    }
}
