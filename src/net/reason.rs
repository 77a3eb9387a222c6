//! Why connections end, and the kinds by which ends are counted.
//!
//! Must not know who asks.

use std::io;
use std::sync::Arc;

use super::address::system_error;
use crate::util::text::shorten;

/// Why a connection ended: the first cause that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The client ended its side, and then the upstream did.
    ClientClosed,
    /// The upstream ended its side, and then the client did.
    UpstreamClosed,
    /// The client reset the connection or was lost. The text names an error other than a reset.
    ClientReset(Option<Arc<str>>),
    /// The upstream reset the connection or was lost. The text names an error other than a reset.
    UpstreamReset(Option<Arc<str>>),
    /// The toxic of this name ended the connection.
    Toxic(Arc<str>),
    /// The proxy was disabled, deleted or changed, or the server is shutting down.
    Stopped,
    /// Someone ended this connection: [`ConnectionTable::end`](super::ConnectionTable::end).
    Killed,
    /// The upstream could not be reached.
    Unreachable(Arc<str>),
    /// There is no memory for the connection's toxics.
    Refused,
    /// A defect in this program.
    Defect,
}

/// A [`Reason`] without its details, used for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndKind {
    /// [`Reason::ClientClosed`].
    ClientClosed,
    /// [`Reason::UpstreamClosed`].
    UpstreamClosed,
    /// [`Reason::ClientReset`].
    ClientReset,
    /// [`Reason::UpstreamReset`].
    UpstreamReset,
    /// [`Reason::Toxic`].
    Toxic,
    /// [`Reason::Stopped`].
    Stopped,
    /// [`Reason::Killed`].
    Killed,
    /// [`Reason::Unreachable`].
    Unreachable,
    /// [`Reason::Refused`].
    Refused,
    /// [`Reason::Defect`].
    Defect,
}

impl EndKind {
    /// All kinds, each at the index of its number.
    pub const ALL: [EndKind; 10] = [
        EndKind::ClientClosed,
        EndKind::UpstreamClosed,
        EndKind::ClientReset,
        EndKind::UpstreamReset,
        EndKind::Toxic,
        EndKind::Stopped,
        EndKind::Killed,
        EndKind::Unreachable,
        EndKind::Refused,
        EndKind::Defect,
    ];
}

impl Reason {
    /// The upstream could not be reached. The text may contain a name of any length, so it is
    /// limited.
    pub(super) fn unreachable(text: &str) -> Self {
        const LONGEST: usize = 200;
        Reason::Unreachable(shorten(text, LONGEST).into())
    }

    /// The reason for the end of a connection that had reached its upstream: a toxic's name if a
    /// toxic ended it.
    pub(super) fn of_end(
        cause: Option<EndKind>,
        toxic: Option<Arc<str>>,
        error: Option<&io::Error>,
    ) -> Self {
        if let Some(toxic) = toxic {
            return Reason::Toxic(toxic);
        }
        let how = error.and_then(unusual);
        match cause {
            Some(EndKind::ClientClosed) => Reason::ClientClosed,
            Some(EndKind::UpstreamClosed) => Reason::UpstreamClosed,
            Some(EndKind::ClientReset) => Reason::ClientReset(how),
            Some(EndKind::UpstreamReset) => Reason::UpstreamReset(how),
            Some(EndKind::Killed) => Reason::Killed,
            _ => Reason::Stopped,
        }
    }

    /// The reason for the end of a connection whose upstream could not be reached, but which went on: that
    /// failure, unless a toxic, a user or the end of the proxy ended the connection.
    pub(super) fn or_failure(self, failure: Option<Reason>) -> Self {
        match self {
            Reason::Toxic(_) | Reason::Stopped | Reason::Killed => self,
            of_a_peer => failure.unwrap_or(of_a_peer),
        }
    }

    /// The client was lost before the upstream was dialled.
    pub(super) fn client_lost(error: Option<&io::Error>) -> Self {
        Reason::ClientReset(error.and_then(unusual))
    }

    /// The error of the system or of the look-up, if it says more than the kind of end does.
    pub fn error(&self) -> Option<&str> {
        match self {
            Reason::ClientReset(error) | Reason::UpstreamReset(error) => error.as_deref(),
            Reason::Unreachable(error) => Some(error),
            _ => None,
        }
    }

    /// The kind of this end.
    pub fn kind(&self) -> EndKind {
        match self {
            Reason::ClientClosed => EndKind::ClientClosed,
            Reason::UpstreamClosed => EndKind::UpstreamClosed,
            Reason::ClientReset(_) => EndKind::ClientReset,
            Reason::UpstreamReset(_) => EndKind::UpstreamReset,
            Reason::Toxic(_) => EndKind::Toxic,
            Reason::Stopped => EndKind::Stopped,
            Reason::Killed => EndKind::Killed,
            Reason::Unreachable(_) => EndKind::Unreachable,
            Reason::Refused => EndKind::Refused,
            Reason::Defect => EndKind::Defect,
        }
    }
}

/// The text of an error that says more than that the peer has reset the connection.
fn unusual(error: &io::Error) -> Option<Arc<str>> {
    use io::ErrorKind::{BrokenPipe, ConnectionReset};
    let is_reset = matches!(error.kind(), ConnectionReset | BrokenPipe);
    (!is_reset).then(|| system_error(error).into())
}
