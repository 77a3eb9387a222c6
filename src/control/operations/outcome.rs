//! What came of an operation that depends on names looked up before it ran.

/// What came of an operation whose look-ups were made before it had its turn.
pub(in crate::control) enum Outcome<T> {
    Done(T),
    /// An address has changed since it was looked up: look again, and take another turn.
    Stale,
}
