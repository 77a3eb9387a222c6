//! Why an address cannot be listened on.
//!
//! Responsible for the kind of fault, which callers choose a way out by. Must not know how an
//! address is resolved or bound: whoever does that passes the cause in. The text is Go's, because
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
    /// The same as far as it was understood; no host is the unspecified address.
    pub at: Option<SocketAddr>,
    /// What kind of fault it is.
    pub fault: ListenFault,
    /// The whole in Go's words.
    pub text: String,
}

/// What can be wrong with an address to listen on, as far as the ways out differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenFault {
    /// It is no `host:port`.
    Malformed,
    /// The host has no address.
    UnknownHost,
    /// Somebody listens there.
    InUse,
    /// No interface of this machine has it.
    NotAvailable,
    /// This process may not take the port.
    NotPermitted,
    /// File descriptors have run out.
    NoDescriptors,
    /// Anything else that the system may say.
    Other,
}

impl ListenError {
    /// Of an address that cannot be read or resolved.
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

    /// Of an address that the system does not give.
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
