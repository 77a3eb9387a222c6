//! Why addresses cannot be used, in the words of Go's `net` package.

use thiserror::Error;

/// Why an address cannot be used; the text is Go's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AddressError {
    /// The text is not `host:port`.
    #[error("address {text}: {problem}")]
    Malformed {
        /// What was given: the address or, if that is at fault, its port.
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
        /// Why.
        problem: String,
    },
}
