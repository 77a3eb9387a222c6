//! What a toxic does to a connection before its upstream is dialled, as a value.

use std::time::Duration;

/// What a toxic does to a connection in the phase `connect`. Times count from the toxic's turn,
/// which is when the connection was accepted or the toxic before it let it through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectFault {
    /// The upstream is dialled this much later.
    Delay(Duration),
    /// The upstream is not dialled, and the client hears nothing.
    Silence(Silence),
    /// The client is reset after this time, and the upstream is never dialled.
    Reset(Duration),
}

/// A silence, and how it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// The connection is ended after this time; `None`: never.
    pub time: Option<Duration>,
    /// Whether it is then reset. Otherwise it is closed.
    pub resets: bool,
    /// Whether the client's bytes and its end are kept, so that all goes on if the toxic is removed.
    /// Otherwise the end of the client and the removal of the toxic close the connection.
    pub holds: bool,
}
