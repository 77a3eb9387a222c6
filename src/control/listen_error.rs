//! Why an address cannot be listened on.
//!
//! Responsible for classifying the fault, so that callers can suggest a remedy. Must not know how an
//! address is resolved or bound: the code that does so passes the cause in. The text is Go's, because
//! clients of Toxiproxy read it.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

use crate::net::{AddressError, is_lack_of_descriptors};

/// The listen address cannot be read, resolved or bound. The text is Go's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text}")]
pub struct ListenError {
    /// The address as it was given.
    pub address: String,
    /// The parsed part of the address; an empty host is the unspecified address.
    pub at: Option<SocketAddr>,
    /// The kind of fault.
    pub fault: ListenFault,
    /// The whole message in Go's words.
    pub text: String,
}

/// The kinds of fault of a listen address, one for each remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenFault {
    /// It is not of the form `host:port`.
    Malformed,
    /// The host has no address.
    UnknownHost,
    /// Another socket listens on it.
    InUse,
    /// No interface of this machine has it.
    NotAvailable,
    /// This process has no permission to bind the port.
    NotPermitted,
    /// File descriptors have run out.
    NoDescriptors,
    /// Any other system error.
    Other,
}

impl ListenError {
    /// An error for an address that cannot be parsed or resolved.
    pub(super) fn of_address(address: &str, text: String, error: &AddressError) -> Self {
        let fault = match error {
            AddressError::UnknownHost { .. } => ListenFault::UnknownHost,
            _ => ListenFault::Malformed,
        };
        ListenError {
            address: address.to_owned(),
            at: None,
            fault,
            text,
        }
    }

    /// An error for an address that the system refuses to bind.
    pub(super) fn of_system(
        (address, at): (&str, Option<SocketAddr>),
        text: String,
        error: &io::Error,
    ) -> Self {
        use io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
        let fault = match error.kind() {
            AddrInUse => ListenFault::InUse,
            AddrNotAvailable => ListenFault::NotAvailable,
            PermissionDenied => ListenFault::NotPermitted,
            _ if is_lack_of_descriptors(error) => ListenFault::NoDescriptors,
            _ => ListenFault::Other,
        };
        ListenError {
            address: address.to_owned(),
            at,
            fault,
            text,
        }
    }
}
