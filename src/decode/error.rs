//! Why a body or a config file could not be decoded, and at which place.

use std::borrow::Cow;
use std::fmt;

use thiserror::Error;

use crate::util::suggest::nearest;
use crate::util::text::{shorten, truncate};

/// How much of a value an error repeats, in characters.
const SHOWN: usize = 40;

/// Why a body or a config file was rejected.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DecodeError {
    /// The text is empty or only white space.
    #[error("it is empty, expected {expected}")]
    Empty {
        /// What was expected there.
        expected: &'static str,
    },
    /// The text is not JSON. The message says why, and at which place.
    #[error("not valid JSON: {0}")]
    Syntax(String),
    /// There are more members or entries than the server accepts.
    #[error("{0}")]
    TooMuch(String),
    /// A value is of the wrong type.
    #[error("{place} is {value}, expected {expected}")]
    Type {
        /// The place of the value.
        place: JsonPath,
        /// The value's JSON text, shortened.
        value: String,
        /// What was expected there.
        expected: Cow<'static, str>,
    },
    /// An object has a member that it cannot have, which is not ignored.
    #[error("{place}.{member} does not exist: {remedy}")]
    Unknown {
        /// The place of the object.
        place: JsonPath,
        /// The member's name, shortened.
        member: String,
        /// The nearest name, or all names.
        remedy: String,
    },
}

impl DecodeError {
    /// The field that it is about, which may be inside another one.
    pub(crate) fn field(&self) -> Option<&'static str> {
        match self {
            DecodeError::Type { place, .. } | DecodeError::Unknown { place, .. } => place.field,
            _ => None,
        }
    }

    /// The message without the place, for callers that print the place in front of it.
    pub(crate) fn without_place(&self) -> String {
        match self {
            DecodeError::Type {
                value, expected, ..
            } => format!("it is {value}, expected {expected}"),
            DecodeError::Unknown { member, remedy, .. } => {
                format!("{member} does not exist: {remedy}")
            }
            other => other.to_string(),
        }
    }
}

/// The place of a value in a body or a config file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JsonPath {
    /// The proxy's position in a list, from 1.
    pub proxy: Option<usize>,
    /// The toxic's position in its proxy, from 0.
    pub toxic: Option<usize>,
    /// The field's name.
    pub field: Option<&'static str>,
}

impl JsonPath {
    pub(crate) fn proxy(self, index: usize) -> Self {
        Self {
            proxy: Some(index + 1),
            ..self
        }
    }

    /// The entry replaces the field that held the list.
    pub(crate) fn toxic(self, index: usize) -> Self {
        Self {
            toxic: Some(index),
            field: None,
            ..self
        }
    }

    pub(crate) fn field(self, name: &'static str) -> Self {
        Self {
            field: Some(name),
            ..self
        }
    }

    pub(crate) fn wrong(self, json: &str, expected: impl Into<Cow<'static, str>>) -> DecodeError {
        DecodeError::Type {
            place: self,
            value: shorten(json, SHOWN).into_owned(),
            expected: expected.into(),
        }
    }

    /// The error for a member of an object that cannot have it. `names` are those that it can have.
    pub(crate) fn unknown(self, member: &str, names: &[&'static str]) -> DecodeError {
        let remedy = match nearest(truncate(member, SHOWN), names.iter().copied()) {
            Some(name) => format!("did you mean {name:?}?"),
            None => format!("use one of {}", names.join(", ")),
        };
        DecodeError::Unknown {
            place: self,
            member: shorten(member, SHOWN).into_owned(),
            remedy,
        }
    }
}

/// For example `proxy 2: toxics[0].toxicity`; `control` names places in the same way.
impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let toxic = self.toxic.map(|index| format!("toxics[{index}]"));
        let field = self.field.map(str::to_owned);
        let path: Vec<String> = [toxic, field].into_iter().flatten().collect();
        let path = path.join(".");
        match (self.proxy, path.as_str()) {
            (None, "") => f.write_str("the JSON value"),
            (None, path) => f.write_str(path),
            (Some(number), "") => write!(f, "proxy {number}"),
            (Some(number), path) => write!(f, "proxy {number}: {path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_where_what_and_what_else() {
        let place = JsonPath::default()
            .proxy(1)
            .field("toxics")
            .toxic(0)
            .field("toxicity");
        assert_eq!(
            place.wrong("\"x\"", "a number").to_string(),
            "proxy 2: toxics[0].toxicity is \"x\", expected a number"
        );
        let whole = JsonPath::default().wrong("5", "an object").to_string();
        assert_eq!(whole, "the JSON value is 5, expected an object");
    }
}
