//! Patterns that users write for paths, hosts and values of fields.

use thiserror::Error;

/// The longest pattern, in bytes.
const LONGEST: usize = 1024;

/// A pattern over a whole value: `*` is any text, `?` is any one character. A leading `~` makes the
/// rest a regular expression, which must be found somewhere in the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
}

/// Why a text is no pattern.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PatternError {
    /// It is too long.
    #[error("a pattern has up to {LONGEST} bytes")]
    TooLong,
    /// The regular expression is wrong, or too large when compiled.
    #[error("{0}")]
    Regex(String),
}

impl Pattern {
    /// Reads a pattern as users write it.
    ///
    /// # Errors
    /// It is too long, or a wrong regular expression.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        match text.len() > LONGEST {
            true => Err(PatternError::TooLong),
            false => Ok(Pattern {
                text: text.to_owned(),
            }),
        }
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}
