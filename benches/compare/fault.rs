//! Errors of the harness: a text that says which operation failed on what, and why.

use std::error::Error;
use std::fmt::Display;

/// What went wrong.
pub type Fault = Box<dyn Error + Send + Sync>;

/// The outcome of nearly everything here.
pub type Result<T> = std::result::Result<T, Fault>;

/// An error that is only a text.
pub fn fault(text: impl Into<String>) -> Fault {
    Fault::from(text.into())
}

/// Prefixes an error with the operation that failed.
pub trait About<T> {
    /// `what: the error`.
    fn about(self, what: impl Display) -> Result<T>;
}

impl<T, E: Display> About<T> for std::result::Result<T, E> {
    fn about(self, what: impl Display) -> Result<T> {
        self.map_err(|error| fault(format!("{what}: {error}")))
    }
}
