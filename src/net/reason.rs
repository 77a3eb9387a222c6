//! Why connections end, and counting by that.
//!
//! May know: nothing else. Must not know: who asks.

use std::sync::Arc;

/// Why a connection ended: what was seen first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The client ended its side, and then the upstream did.
    ClientClosed,
    /// The upstream ended its side, and then the client did.
    UpstreamClosed,
    /// The client reset the connection, or was lost.
    ClientReset,
    /// The upstream reset the connection, or was lost.
    UpstreamReset,
    /// The toxic of this name ended it.
    Toxic(Arc<str>),
    /// Its proxy was disabled, deleted, changed, or the server ends.
    Stopped,
    /// It was ended by name: [`ConnectionTable::end`](super::ConnectionTable::end).
    Killed,
    /// The upstream could not be reached.
    Unreachable(Arc<str>),
    /// There is no memory for its toxics.
    Refused,
    /// A defect of this program.
    Defect,
}

/// A [`Reason`] without its particulars, to count by.
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
    /// All of them, each at the place of its number.
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
    /// The upstream could not be reached, for a reason whose text may repeat a name of any length.
    pub(super) fn unreachable(text: &str) -> Self {
        const LONGEST: usize = 200;
        Reason::Unreachable(match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
            None => text.into(),
        })
    }

    /// Which kind of end it is.
    pub fn kind(&self) -> EndKind {
        match self {
            Reason::ClientClosed => EndKind::ClientClosed,
            Reason::UpstreamClosed => EndKind::UpstreamClosed,
            Reason::ClientReset => EndKind::ClientReset,
            Reason::UpstreamReset => EndKind::UpstreamReset,
            Reason::Toxic(_) => EndKind::Toxic,
            Reason::Stopped => EndKind::Stopped,
            Reason::Killed => EndKind::Killed,
            Reason::Unreachable(_) => EndKind::Unreachable,
            Reason::Refused => EndKind::Refused,
            Reason::Defect => EndKind::Defect,
        }
    }
}
