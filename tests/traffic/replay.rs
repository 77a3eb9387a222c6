//! "Make it happen again" over real sockets: the same faults for the same seed and connection, and
//! toxics that are only for some connections.

mod runs;
mod scopes;
