//! The outcome of an operation that depends on names looked up before its turn.

/// Whether the operation ran with the addresses that were looked up for it.
pub(in crate::control) enum Outcome<T> {
    Done(T),
    /// A listen address has changed since the look-up: look it up and run the operation again.
    Stale,
}
