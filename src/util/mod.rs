//! Small helpers for every room: durations and foreign text for people, suggestions for misspelt
//! names, the policy for failing accepts, and signals that are held back.
//!
//! Must not know any other room.

pub mod accept_backoff;
pub mod duration;
pub mod signals;
pub mod suggest;
pub mod text;
