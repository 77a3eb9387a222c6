//! Attributes: the parameters of a kind of toxic. Their descriptions are the only source for the
//! API, its documentation, the command line and the checks of config files.
//!
//! This module must not know what any kind does, nor any format that values are written in.

use std::ops::RangeInclusive;

use super::error::AttributeError;
use super::types::Type;
use super::value::Value;

/// One attribute of a kind of toxic.
///
/// ```
/// use aconite::toxics::{Attribute, Type};
///
/// let share = Attribute::new("share", Type::number(0.0..=1.0))
///     .about("the part of all bytes that are changed")
///     .default(0.5);
/// let codes = Attribute::new("codes", Type::list(Type::integer(100..=599)))
///     .about("the codes to choose from")
///     .required()
///     .example(vec![500, 503]);
/// # let _ = (share, codes);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The name in the API, in lower case.
    pub name: &'static str,
    /// The type of the value, with its range.
    pub value_type: Type,
    /// The unit of a number, for example `ms`; may be empty.
    pub unit: &'static str,
    /// One line for users.
    pub about: &'static str,
    /// The default value. An optional attribute without a default has no value when it is left out.
    pub default: Option<Value>,
    /// Whether a value must be given.
    pub required: bool,
    /// An example value for documentation and messages.
    pub example: Option<Value>,
}

impl Attribute {
    /// An attribute that is optional and has no default.
    pub fn new(name: &'static str, value_type: Type) -> Self {
        Attribute {
            name,
            value_type,
            unit: "",
            about: "",
            default: None,
            required: false,
            example: None,
        }
    }

    /// An integer like most of Toxiproxy's: any value is accepted, a negative one acts like 0, and
    /// the default is 0.
    pub fn lenient(name: &'static str, unit: &'static str) -> Self {
        Attribute::new(name, Type::integer(i64::MIN..=i64::MAX))
            .sensible(0..=i64::MAX)
            .unit(unit)
            .default(0)
    }

    /// Sets the unit of the number.
    #[must_use]
    pub fn unit(self, unit: &'static str) -> Self {
        Attribute { unit, ..self }
    }

    /// Sets the line for users, which has no initial capital and no full stop.
    #[must_use]
    pub fn about(self, about: &'static str) -> Self {
        Attribute { about, ..self }
    }

    /// Sets the default value.
    #[must_use]
    pub fn default(self, value: impl Into<Value>) -> Self {
        Attribute {
            default: Some(value.into()),
            ..self
        }
    }

    /// Requires a value to be given.
    #[must_use]
    pub fn required(self) -> Self {
        Attribute {
            required: true,
            default: None,
            ..self
        }
    }

    /// Sets the example value for documentation and messages.
    #[must_use]
    pub fn example(self, value: impl Into<Value>) -> Self {
        Attribute {
            example: Some(value.into()),
            ..self
        }
    }

    /// Sets the range in which an integer makes sense. An accepted value outside this range acts
    /// like the nearest end, with a warning. Does nothing for other types.
    #[must_use]
    pub fn sensible(mut self, range: RangeInclusive<i64>) -> Self {
        if let Type::Integer { sensible, .. } = &mut self.value_type {
            *sensible = range;
        }
        self
    }

    /// Converts the value to the form that the kind receives.
    ///
    /// # Errors
    /// The value is of another type, or outside the range.
    pub(super) fn check(&self, value: &Value) -> Result<Value, AttributeError> {
        self.value_type.check(self.name, self.unit, value)
    }

    /// The warning for a checked value that is accepted but makes no sense.
    pub(super) fn warning(&self, value: &Value) -> Option<AttributeError> {
        let Type::Integer { sensible, .. } = &self.value_type else {
            return None;
        };
        let value = value.as_integer()?;
        let odd = !sensible.contains(&value);
        odd.then(|| Type::integer(sensible.clone()).out_of_range(self.name, self.unit, value))
    }

    pub(super) fn missing(&self) -> AttributeError {
        AttributeError::Missing {
            name: self.name.to_owned(),
            expected: self.value_type.expected(self.unit),
            example: self.some_value().to_string(),
        }
    }

    /// A valid value for documentation and messages.
    pub fn some_value(&self) -> Value {
        let given = self.example.as_ref().or(self.default.as_ref());
        given
            .cloned()
            .unwrap_or_else(|| self.value_type.some_value())
    }
}
