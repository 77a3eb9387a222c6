//! Errors about attributes. Each message names the attribute, its value, and what to give instead.

use std::fmt;

use thiserror::Error;

use super::value::Value;
use crate::util::suggest::nearest;
use crate::util::text::shorten;

/// How much of a value a message repeats, in characters.
pub(super) const SHOWN: usize = 60;

/// An attribute, or a place in its value. Displayed as users give it: `attributes.latency`, or
/// `distribution.stddev` for an attribute beside `attributes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributePath {
    /// The attribute's name, and the path into its value, for example `codes[2]` or `headers.X-Test`.
    pub path: String,
    /// Whether the attribute is placed beside `attributes`.
    pub beside: bool,
}

impl From<&str> for AttributePath {
    fn from(path: &str) -> Self {
        AttributePath {
            path: path.to_owned(),
            beside: false,
        }
    }
}

impl AttributePath {
    /// The attribute's name.
    pub fn attribute(&self) -> &str {
        let end = self.path.find(['.', '[']).unwrap_or(self.path.len());
        self.path.get(..end).unwrap_or_default()
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parent = if self.beside { "" } else { "attributes." };
        write!(f, "{parent}{}", self.path)
    }
}

/// Why attributes were refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttributeError {
    /// A whole number is expected. Toxiproxy accepts none that is written as `1.0`, `1e3` or `"1"`.
    #[error(
        "{name} is {value}, but must be {expected}, written without a point, an exponent or quotes"
    )]
    NotAnInteger {
        /// The attribute.
        name: AttributePath,
        /// The given value, shortened.
        value: String,
        /// What is expected.
        expected: String,
        /// The unit of the number; may be empty.
        unit: &'static str,
    },
    /// The value has another type than the attribute.
    #[error("{name} is {value}, but must be {expected}")]
    WrongType {
        /// The attribute.
        name: AttributePath,
        /// The given value, shortened.
        value: String,
        /// What is expected.
        expected: String,
    },
    /// The value has the right type but is outside the accepted range.
    #[error("{name} is {value}, but must be {expected}")]
    OutOfRange {
        /// The attribute.
        name: AttributePath,
        /// The given value with its unit, shortened.
        value: String,
        /// What is accepted.
        expected: String,
    },
    /// The attribute is missing and has no default.
    #[error("{name} is missing: give {expected}, such as {example}")]
    Missing {
        /// The attribute.
        name: AttributePath,
        /// What is expected.
        expected: String,
        /// A valid value.
        example: String,
    },
    /// An object has no such field.
    #[error("{name} does not exist: {remedy}")]
    UnknownField {
        /// The field.
        name: AttributePath,
        /// The fields that exist.
        remedy: String,
    },
    /// Each value is valid on its own, but they contradict each other.
    #[error("{name} {problem}")]
    Conflict {
        /// The attribute whose value must change.
        name: AttributePath,
        /// The problem, as the end of a sentence that begins with the attribute.
        problem: String,
    },
}

impl AttributeError {
    /// Where the refused value is.
    pub fn path(&self) -> &AttributePath {
        match self {
            AttributeError::NotAnInteger { name, .. }
            | AttributeError::WrongType { name, .. }
            | AttributeError::OutOfRange { name, .. }
            | AttributeError::Missing { name, .. }
            | AttributeError::UnknownField { name, .. }
            | AttributeError::Conflict { name, .. } => name,
        }
    }

    /// The same error about an attribute whose placement is known.
    pub(super) fn placed(mut self, beside: bool) -> Self {
        match &mut self {
            AttributeError::NotAnInteger { name, .. }
            | AttributeError::WrongType { name, .. }
            | AttributeError::OutOfRange { name, .. }
            | AttributeError::Missing { name, .. }
            | AttributeError::UnknownField { name, .. }
            | AttributeError::Conflict { name, .. } => name.beside = beside,
        }
        self
    }

    /// The same error about a text, with the choice that was probably meant.
    pub(super) fn suggesting(mut self, text: &str, choices: &[&str]) -> Self {
        let near = nearest(&shorten(text, SHOWN), choices.iter().copied());
        if let (AttributeError::OutOfRange { expected, .. }, Some(near)) = (&mut self, near) {
            expected.push_str(&format!("; did you mean {near:?}?"));
        }
        self
    }

    /// For [`ToxicKind::from_values`](super::ToxicKind::from_values): another value makes this one
    /// invalid. `expected` ends the sentence "NAME is VALUE, but must be …".
    pub fn out_of_range(name: &str, value: impl ToString, expected: impl Into<String>) -> Self {
        AttributeError::OutOfRange {
            name: name.into(),
            value: shorten(&value.to_string(), SHOWN).into_owned(),
            expected: expected.into(),
        }
    }

    /// For [`ToxicKind::from_values`](super::ToxicKind::from_values): the values contradict each
    /// other. `problem` ends a sentence that begins with the name.
    pub fn conflict(name: &str, problem: impl Into<String>) -> Self {
        AttributeError::Conflict {
            name: name.into(),
            problem: problem.into(),
        }
    }
}

/// The value as text, shortened if it is long.
pub(super) fn shown(value: &Value) -> String {
    match value {
        // In contrast to the text for users, this shows that `100.0` is no whole number.
        Value::Number(number) => format!("{number:?}"),
        value => shorten(&value.to_string(), SHOWN).into_owned(),
    }
}
