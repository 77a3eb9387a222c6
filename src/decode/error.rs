//! Why a body or a config file could not be decoded, and where in it.

use std::fmt;

use thiserror::Error;

/// Longest piece of a value that a message repeats, in characters.
const SHOWN: usize = 40;

/// Why a body or a config file could not be taken.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DecodeError {
    /// There is nothing, or nothing but white space.
    #[error("it is empty, expected {expected}")]
    Empty {
        /// What belongs there.
        expected: &'static str,
    },
    /// It is not JSON; says why, and where in the text.
    #[error("not valid JSON: {0}")]
    Syntax(String),
    /// There is more of something than is looked at.
    #[error("{0}")]
    TooMuch(String),
    /// A value is of the wrong type.
    #[error("{place} is {value}, expected {expected}")]
    Type {
        /// Where the value stands.
        place: JsonPath,
        /// Its JSON text, shortened.
        value: String,
        /// What belongs there.
        expected: &'static str,
    },
}

impl DecodeError {
    /// The message without the place, for whoever shows the place in front of it.
    pub(crate) fn without_place(&self) -> String {
        match self {
            DecodeError::Type {
                value, expected, ..
            } => format!("it is {value}, expected {expected}"),
            other => other.to_string(),
        }
    }
}

/// Where a value stands, in a body or a config file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JsonPath {
    /// Which proxy of a list, from 1.
    pub proxy: Option<usize>,
    /// Which toxic of a proxy, from 0.
    pub toxic: Option<usize>,
    /// The field.
    pub field: Option<&'static str>,
}

impl JsonPath {
    pub(crate) fn proxy(self, index: usize) -> Self {
        Self {
            proxy: Some(index + 1),
            ..self
        }
    }

    /// A toxic is an entry, so the field that held the list is left behind.
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

    pub(crate) fn wrong(self, json: &str, expected: &'static str) -> DecodeError {
        DecodeError::Type {
            place: self,
            value: shorten(json),
            expected,
        }
    }
}

/// For example `proxy 2: toxics[0].toxicity`, which is how `control` names places, too.
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

fn shorten(json: &str) -> String {
    match json.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", json.get(..end).unwrap_or_default()),
        None => json.to_owned(),
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

    #[test]
    fn long_values_are_shortened_between_characters() {
        let long = "ü".repeat(41);
        assert_eq!(shorten(&long), format!("{}…", "ü".repeat(40)));
        assert_eq!(shorten("ü"), "ü");
    }
}
