//! Small helpers for every room: durations and foreign text for people, suggestions for misspelt
//! names, and signals that are held back.
//!
//! Must not know any other room.

pub mod duration;
pub mod signals;
pub mod suggest;
pub mod text;
