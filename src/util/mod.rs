//! Small helpers that any room may use: reading and writing durations, suggestions for misspelt
//! names, and signals that are held back.
//!
//! Must not know any other room.

pub mod duration;
pub mod signals;
pub mod suggest;
