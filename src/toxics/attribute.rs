//! Attributes, the parameters of a kind of toxic, and their types. Their descriptions are the only
//! source for the API, its documentation, the command line and the checks of config files.
//!
//! Attributes and types are one file, because the fields of an object are described like attributes.
//! This module must not know what any kind does, nor any format that values are written in.

use std::ops::RangeInclusive;
use std::time::Duration;

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
    /// Whether it is placed at the top level of a toxic, beside `attributes`.
    pub beside: bool,
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
            beside: false,
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

    /// Sets the range in which a number makes sense, as [`Attribute::sensible`] does for integers.
    #[must_use]
    pub fn sensible_numbers(mut self, range: RangeInclusive<f64>) -> Self {
        if let Type::Number { sensible, .. } = &mut self.value_type {
            *sensible = range;
        }
        self
    }

    /// Places the attribute at the top level of a toxic, beside `attributes`. Published clients read
    /// `attributes` as a map of integers, so one of Toxiproxy's kinds gets other values only here.
    ///
    /// Requests may give it inside `attributes` too. Answers show it only if it is set: neither its
    /// default nor empty (`""`, `[]`, `{}`). An update removes it by giving such a value.
    #[must_use]
    pub fn beside(self) -> Self {
        Attribute {
            beside: true,
            ..self
        }
    }
}

/// The longest time that can be written as text: 292 years.
pub(super) const LONGEST: Duration = Duration::from_nanos(i64::MAX as u64);
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
        /// The accepted values; any other is refused.
        accepted: RangeInclusive<f64>,
        /// The values that make sense. Another accepted value acts like the nearest end, with a
        /// warning.
        sensible: RangeInclusive<f64>,
    },
    /// Null, which means that something is removed. Only for values of a map: anywhere else, null is the
    /// same as leaving the value out.
    Null,
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
    /// Values with names and types that the kind chooses. Names match in any case.
    Object {
        /// The fields, each described like an attribute.
        fields: Vec<Attribute>,
    },
    /// A value of any of these types. The first type that accepts a value converts it.
    OneOf(Vec<Type>),
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
        Type::Number {
            sensible: accepted.clone(),
            accepted,
        }
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

    /// An object with these fields. A field that is left out, or null, takes its default; a field
    /// that the object does not have is refused.
    pub fn object(fields: Vec<Attribute>) -> Self {
        Type::Object { fields }
    }

    /// A value of any of these types, in the order in which they are tried.
    pub fn one_of(types: Vec<Type>) -> Self {
        Type::OneOf(types)
    }
}
