//! Errors about attributes. Each message names the attribute, its value, and what to give instead.

use thiserror::Error;

use super::value::Value;
use crate::util::text::shorten;

/// How much of a value a message repeats, in characters.
const SHOWN: usize = 60;

/// Why attributes were refused. `name` is an attribute or a path into its value, for example
/// `codes[2]` or `headers.X-Test`.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttributeError {
    /// A whole number is expected. Toxiproxy accepts none that is written as `1.0`, `1e3` or `"1"`.
    #[error(
        "attributes.{name} is {value}, but must be {expected}, written without a point, an exponent or quotes"
    )]
    NotAnInteger {
        /// The attribute.
        name: String,
        /// The given value, shortened.
        value: String,
        /// What is expected.
        expected: String,
        /// The unit of the number; may be empty.
        unit: &'static str,
    },
    /// The value has another type than the attribute.
    #[error("attributes.{name} is {value}, but must be {expected}")]
    WrongType {
        /// The attribute.
        name: String,
        /// The given value, shortened.
        value: String,
        /// What is expected.
        expected: String,
    },
    /// The value has the right type but is outside the accepted range.
    #[error("attributes.{name} is {value}, but must be {expected}")]
    OutOfRange {
        /// The attribute.
        name: String,
        /// The given value with its unit, shortened.
        value: String,
        /// What is accepted.
        expected: String,
    },
    /// The attribute is missing and has no default.
    #[error("attributes.{name} is missing: give {expected}, such as {example}")]
    Missing {
        /// The attribute.
        name: String,
        /// What is expected.
        expected: String,
        /// A valid value.
        example: String,
    },
    /// Each value is valid on its own, but they contradict each other.
    #[error("attributes.{name} {problem}")]
    Conflict {
        /// The attribute whose value must change.
        name: String,
        /// The problem, as the end of a sentence that begins with the attribute.
        problem: String,
    },
}

impl AttributeError {
    /// For [`ToxicKind::from_values`](super::ToxicKind::from_values): another value makes this one
    /// invalid. `expected` ends the sentence "NAME is VALUE, but must be …".
    pub fn out_of_range(name: &str, value: impl ToString, expected: impl Into<String>) -> Self {
        AttributeError::OutOfRange {
            name: name.to_owned(),
            value: shorten(&value.to_string(), SHOWN).into_owned(),
            expected: expected.into(),
        }
    }

    /// For [`ToxicKind::from_values`](super::ToxicKind::from_values): the values contradict each
    /// other. `problem` ends a sentence that begins with the name.
    pub fn conflict(name: &str, problem: impl Into<String>) -> Self {
        AttributeError::Conflict {
            name: name.to_owned(),
            problem: problem.into(),
        }
    }
}

/// The value as text, shortened if it is long.
pub(super) fn shown(value: &Value) -> String {
    shorten(&value.to_string(), SHOWN).into_owned()
}
