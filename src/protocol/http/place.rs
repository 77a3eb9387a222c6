//! Where a request is: what its draws depend on.

use crate::engine::{Identity, Moment};

/// Where a request is: what its draws depend on.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The connection.
    pub identity: Identity,
    /// The number of the request on its connection, counted from 1. For HTTP/2, the ordinal of its
    /// stream.
    pub exchange: u64,
    /// The time.
    pub now: Moment,
}
