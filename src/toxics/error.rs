//! Why attributes are refused, in words that say which, its value, and what to give.

use thiserror::Error;

use super::value::Value;

/// Longest piece of a value that a message repeats, in characters.
const SHOWN: usize = 60;

/// Why a set of attributes was refused. A `name` is that of the attribute, or leads into it, for
/// example `codes[2]` or `headers.X-Test`.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttributeError {
    /// A whole number belongs there. Toxiproxy takes none that is written as `1.0`, `1e3` or `"1"`.
    #[error(
        "attributes.{name} is {value}, but must be {expected}, written without a point, an exponent or quotes"
    )]
    NotAnInteger {
        /// The attribute.
        name: String,
        /// What was given, shortened.
        value: String,
        /// What belongs there.
        expected: String,
        /// What the number counts; may be empty.
        unit: &'static str,
    },
    /// The value is of another type than the attribute's.
    #[error("attributes.{name} is {value}, but must be {expected}")]
    WrongType {
        /// The attribute.
        name: String,
        /// What was given, shortened.
        value: String,
        /// What belongs there.
        expected: String,
    },
    /// The value is of the right type and outside what is taken.
    #[error("attributes.{name} is {value}, but must be {expected}")]
    OutOfRange {
        /// The attribute.
        name: String,
        /// What was given, with its unit, shortened.
        value: String,
        /// What is taken.
        expected: String,
    },
    /// The value is missing and has no default.
    #[error("attributes.{name} is missing: give {expected}, such as {example}")]
    Missing {
        /// The attribute.
        name: String,
        /// What belongs there.
        expected: String,
        /// A value that would do.
        example: String,
    },
    /// The values are fine one by one and do not go together.
    #[error("attributes.{name} {problem}")]
    Conflict {
        /// The attribute that would have to be another.
        name: String,
        /// What is wrong, as the end of a sentence that begins with the attribute.
        problem: String,
    },
}

impl AttributeError {
    /// For [`ToxicKind::from_values`](super::ToxicKind::from_values): the value does not go
    /// together with another one. `expected` ends the sentence "NAME is VALUE, but must be …".
    pub fn out_of_range(name: &str, value: impl ToString, expected: impl Into<String>) -> Self {
        AttributeError::OutOfRange {
            name: name.to_owned(),
            value: shorten(&value.to_string()),
            expected: expected.into(),
        }
    }

    /// For [`ToxicKind::from_values`](super::ToxicKind::from_values): values that do not go
    /// together. `problem` ends a sentence that begins with the name.
    pub fn conflict(name: &str, problem: impl Into<String>) -> Self {
        AttributeError::Conflict {
            name: name.to_owned(),
            problem: problem.into(),
        }
    }
}

/// The start of a value that may be long.
pub(super) fn shown(value: &Value) -> String {
    shorten(&value.to_string())
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
