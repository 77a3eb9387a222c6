//! One toxic: its validated settings, and its current phase in the schedule.
//!
//! Must not know which proxy it belongs to.

pub(in crate::control) mod both;
mod build;
pub(in crate::control) mod given;
pub(in crate::control) mod http;
pub(in crate::control) mod input;
pub(in crate::control) mod matching;
pub(in crate::control) mod options;
pub(in crate::control) mod schedule;
mod shown;
pub(in crate::control) mod state;
