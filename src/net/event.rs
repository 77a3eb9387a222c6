//! What a link has to tell its session.

use crate::engine::Ending;

/// Why a link stopped for the moment. But for `Eof` and `SenderGone` it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinkEvent {
    /// The direction ends like this; after `Eof` the link may be run on.
    Ended(Ending),
    /// The receiver has reset the connection.
    ReceiverGone,
    /// The sender has reset the connection; what it sent before may still be on its way.
    SenderGone,
    /// The proxy stops.
    Stopped,
}
