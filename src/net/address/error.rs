//! Address errors, with the texts of Go's `net` package.

use thiserror::Error;

/// Why an address cannot be used; the text is Go's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AddressError {
    /// The text is not `host:port`.
    #[error("address {text}: {problem}")]
    Malformed {
        /// The address as given, or only its port if the port is invalid.
        text: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The port is neither a number nor a known service.
    #[error("lookup tcp/{0}: unknown port")]
    UnknownPort(String),
    /// The host has no address.
    #[error("lookup {host}: {problem}")]
    UnknownHost {
        /// The host as given.
        host: String,
        /// The cause, such as `no such host`.
        problem: String,
    },
}
