//! What can go wrong for an embedder.

use std::fmt;
use std::io;

use crate::control::ControlError;

/// Why an operation failed. Nothing has changed then, unless the operation says otherwise.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<io::Error>,
}

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no such proxy, toxic, profile or session; it may have been removed.
    NotFound,
    /// The name is taken.
    AlreadyExists,
    /// A value is out of range, of the wrong type, or does not go with the others.
    InvalidValue,
    /// The address to listen on cannot be read, resolved or bound.
    CannotListen,
    /// There are as many of the things as there may be.
    LimitReached,
    /// The [`Aconite`](super::Aconite) has been shut down.
    Stopped,
    /// The system lacks threads, timers or file descriptors.
    System,
    /// A defect of aconite; please report it.
    Internal,
}

impl Error {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The system refused what an instance needs.
    pub(super) fn of_system(error: io::Error) -> Self {
        Error {
            kind: ErrorKind::System,
            message: format!("cannot start: {error}"),
            source: Some(error),
        }
    }

    /// The instance ended while it worked on the operation.
    pub(super) fn stopped() -> Self {
        Error {
            kind: ErrorKind::Stopped,
            message: "the instance has been shut down".to_owned(),
            source: None,
        }
    }

    /// An operation panicked.
    pub(super) fn internal() -> Self {
        Error {
            kind: ErrorKind::Internal,
            message: "internal error: the operation panicked; please report it".to_owned(),
            source: None,
        }
    }

    /// A value that cannot be used.
    pub(super) fn invalid(message: String) -> Self {
        Error {
            kind: ErrorKind::InvalidValue,
            message,
            source: None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let source = self.source.as_ref()?;
        Some(source)
    }
}

impl From<ControlError> for Error {
    fn from(error: ControlError) -> Self {
        Error {
            kind: kind(&error),
            message: error.to_string(),
            source: None,
        }
    }
}

fn kind(error: &ControlError) -> ErrorKind {
    match error {
        ControlError::ProxyNotFound { .. }
        | ControlError::ToxicNotFound { .. }
        | ControlError::ConnectionNotFound { .. }
        | ControlError::SessionNotFound { .. }
        | ControlError::UnknownProfile { .. }
        | ControlError::NoProfile { .. } => ErrorKind::NotFound,
        ControlError::ProxyExists { .. }
        | ControlError::ToxicExists { .. }
        | ControlError::ProfileClash { .. }
        | ControlError::SessionExists { .. } => ErrorKind::AlreadyExists,
        ControlError::Listen(_) => ErrorKind::CannotListen,
        ControlError::TooMany { .. } => ErrorKind::LimitReached,

        ControlError::Stopping => ErrorKind::Stopped,
        ControlError::Broken => ErrorKind::Internal,
        ControlError::InToxic { error, .. } => kind(error),
        _ => ErrorKind::InvalidValue,
    }
}
