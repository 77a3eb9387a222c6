//! The fields of a distribution as they were given, with errors that name their paths.

use super::fields::{LEAST_MS, NAME};
use crate::toxics::error::AttributeError;
use crate::toxics::value::{Value, field};

/// The checked fields of a distribution.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a>(pub(super) &'a [(String, Value)]);

impl<'a> Given<'a> {
    pub(super) fn get(self, name: &str) -> Option<&'a Value> {
        field(self.0, name)
    }

    pub(super) fn has(self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(super) fn text(self, name: &str) -> &'a str {
        self.get(name).and_then(Value::as_text).unwrap_or_default()
    }

    pub(super) fn number(self, name: &str) -> Option<f64> {
        self.get(name).and_then(Value::as_number)
    }

    pub(super) fn map(self, name: &str) -> &'a [(String, Value)] {
        match self.get(name) {
            Some(Value::Map(entries)) => entries,
            _ => &[],
        }
    }

    /// A number that must be given.
    pub(super) fn required(self, name: &str) -> Result<f64, AttributeError> {
        self.number(name).ok_or_else(|| AttributeError::Missing {
            name: path(name).as_str().into(),
            expected: "a number of ms".to_owned(),
            example: "20".to_owned(),
        })
    }

    /// A number of ms that must be given and must be long enough to be measured.
    pub(super) fn positive(self, name: &str) -> Result<f64, AttributeError> {
        let value = self.required(name)?;
        match value >= LEAST_MS {
            true => Ok(value),
            false => Err(must_be(name, value, "0.000001 or more, which is 1 ns")),
        }
    }

    /// Refuses fields that the distribution does not take.
    pub(super) fn only(self, what: &str, takes: &[&str]) -> Result<(), AttributeError> {
        let other = self
            .0
            .iter()
            .find(|(name, _)| !takes.contains(&name.as_str()));
        match other {
            None => Ok(()),
            Some((name, _)) => {
                let takes: Vec<&str> = takes
                    .iter()
                    .copied()
                    .filter(|own| *own != "type" && *own != what)
                    .collect();
                let takes = match takes.as_slice() {
                    [] => "nothing else".to_owned(),
                    takes => takes.join(", "),
                };
                Err(conflict(
                    name,
                    format!("does not go with {what}, which takes {takes}"),
                ))
            }
        }
    }
}

/// The path of a field.
pub(super) fn path(field: &str) -> String {
    format!("{NAME}.{field}")
}

/// The field has a value that it must not have; `expected` ends "must be …".
pub(super) fn must_be(field: &str, value: f64, expected: impl Into<String>) -> AttributeError {
    AttributeError::out_of_range(&path(field), value, expected)
}

/// The field contradicts others; `problem` ends a sentence that begins with its path.
pub(super) fn conflict(field: &str, problem: impl Into<String>) -> AttributeError {
    AttributeError::conflict(&path(field), problem)
}
