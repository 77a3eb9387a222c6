//! Repeating faults over real sockets: the same seed and connection give the same faults, and `match`
//! limits a toxic to some connections.

mod runs;
mod scopes;
