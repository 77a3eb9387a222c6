//! Attributes: what a kind takes, and how given values become numbers.
//!
//! All attributes are 64-bit integers, as in Toxiproxy. Must not know what any kind does.

use std::ops::RangeInclusive;

use thiserror::Error;

/// One attribute of a kind of toxic.
#[derive(Debug)]
pub struct Attribute {
    /// The name in the API, in lower case.
    pub name: &'static str,
    /// What the number counts, for example `ms`.
    pub unit: &'static str,
    /// What the API takes; anything else is refused.
    pub accepted: RangeInclusive<i64>,
    /// What makes sense; an accepted value outside acts like the nearest end, with a warning.
    pub sensible: RangeInclusive<i64>,
    /// The value when none is given; `None`: it must be given.
    pub default: Option<i64>,
    /// One line for people.
    pub about: &'static str,
}

impl Attribute {
    /// An attribute that takes any integer and by default is 0; below 0 it acts like 0, which is
    /// what the reference makes of it.
    pub const fn lenient(name: &'static str, unit: &'static str, about: &'static str) -> Self {
        Attribute {
            name,
            unit,
            accepted: i64::MIN..=i64::MAX,
            sensible: 0..=i64::MAX,
            default: Some(0),
            about,
        }
    }
}

/// An attribute as a caller gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The name, already folded to lower case.
    pub name: String,
    /// The value's JSON text as it was sent; `null` counts as not given.
    pub json: String,
}

/// Why a set of attributes was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AttributeError {
    /// The value is no 64-bit integer.
    #[error(
        "attributes.{name} is {value}, but a whole number is expected (64 bit, in {unit}), written without a point or an exponent"
    )]
    NotAnInteger {
        /// The attribute.
        name: &'static str,
        /// What was given, shortened.
        value: String,
        /// What the number counts.
        unit: &'static str,
    },
    /// The value is outside what is taken.
    #[error("attributes.{name} is {value} {unit}, but must be from {} to {}", .range.start(), .range.end())]
    OutOfRange {
        /// The attribute.
        name: &'static str,
        /// What was given.
        value: i64,
        /// What the number counts.
        unit: &'static str,
        /// What is taken.
        range: RangeInclusive<i64>,
    },
    /// The value is missing and has no default.
    #[error("attributes.{name} is missing: give a whole number of {unit} from {} to {}", .range.start(), .range.end())]
    Missing {
        /// The attribute.
        name: &'static str,
        /// What the number counts.
        unit: &'static str,
        /// What is taken.
        range: RangeInclusive<i64>,
    },
}

impl Attribute {
    /// Reads a value, or returns `None` for `null`.
    pub(super) fn read(&'static self, json: &str) -> Result<Option<i64>, AttributeError> {
        let text = json.trim();
        if text == "null" {
            return Ok(None);
        }
        let value = text.parse().map_err(|_| AttributeError::NotAnInteger {
            name: self.name,
            value: shorten(text),
            unit: self.unit,
        })?;
        if self.accepted.contains(&value) {
            return Ok(Some(value));
        }
        Err(self.out_of_range(value, self.accepted.clone()))
    }

    /// The error for a value outside `range`.
    pub(super) fn out_of_range(
        &'static self,
        value: i64,
        range: RangeInclusive<i64>,
    ) -> AttributeError {
        AttributeError::OutOfRange {
            name: self.name,
            value,
            unit: self.unit,
            range,
        }
    }
}

/// The start of a text that may be long, for messages.
fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
