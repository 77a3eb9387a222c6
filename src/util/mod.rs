//! Small helpers for all modules: durations as text, display of untrusted text, suggestions for
//! misspelt names, the backoff policy for failed accepts, and blocking of signals.
//!
//! Must not know any other module of the crate.

pub mod accept_backoff;
pub mod duration;
pub mod signals;
pub mod suggest;
pub mod text;
