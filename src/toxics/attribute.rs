//! Attributes: what a kind of toxic takes, described so that the API, its document, the command
//! line and the checks of config files need no other source.
//!
//! Must not know what any kind does, nor any format that values come in.

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
    /// What is taken.
    pub value_type: Type,
    /// What a number counts, for example `ms`; may be empty.
    pub unit: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// The value when none is given. Without one, the attribute may be left out and then has no
    /// value, unless it is required.
    pub default: Option<Value>,
    /// Whether it must be given.
    pub required: bool,
    /// A value for documents and messages.
    pub example: Option<Value>,
}

impl Attribute {
    /// An attribute that may be left out and then has no value.
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

    /// An integer as most of Toxiproxy's are: any is taken, one below 0 acts like 0, and it is 0
    /// by default.
    pub fn lenient(name: &'static str, unit: &'static str) -> Self {
        Attribute::new(name, Type::integer(i64::MIN..=i64::MAX))
            .sensible(0..=i64::MAX)
            .unit(unit)
            .default(0)
    }

    /// What its number counts.
    #[must_use]
    pub fn unit(self, unit: &'static str) -> Self {
        Attribute { unit, ..self }
    }

    /// One line for people, without a capital and a full stop.
    #[must_use]
    pub fn about(self, about: &'static str) -> Self {
        Attribute { about, ..self }
    }

    /// The value when none is given.
    #[must_use]
    pub fn default(self, value: impl Into<Value>) -> Self {
        Attribute {
            default: Some(value.into()),
            ..self
        }
    }

    /// It must be given.
    #[must_use]
    pub fn required(self) -> Self {
        Attribute {
            required: true,
            default: None,
            ..self
        }
    }

    /// A value for documents and messages.
    #[must_use]
    pub fn example(self, value: impl Into<Value>) -> Self {
        Attribute {
            example: Some(value.into()),
            ..self
        }
    }

    /// What makes sense of an integer: one that is taken and is outside acts like the nearest end,
    /// with a warning. Does nothing for other types.
    #[must_use]
    pub fn sensible(mut self, range: RangeInclusive<i64>) -> Self {
        if let Type::Integer { sensible, .. } = &mut self.value_type {
            *sensible = range;
        }
        self
    }

    /// The value as the kind gets to see it.
    ///
    /// # Errors
    /// It is of another type, or outside the range.
    pub(super) fn check(&self, value: &Value) -> Result<Value, AttributeError> {
        self.value_type.check(self.name, self.unit, value)
    }

    /// What to say of a checked value that is taken and makes no sense.
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

    /// A value that would do, for documents and messages.
    pub fn some_value(&self) -> Value {
        let given = self.example.as_ref().or(self.default.as_ref());
        given
            .cloned()
            .unwrap_or_else(|| self.value_type.some_value())
    }
}
