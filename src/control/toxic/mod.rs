//! A toxic as this room has it: its settings, checked, and where it is in its schedule.
//!
//! Must not know which proxy it is on.

pub(in crate::control) mod input;
pub(in crate::control) mod options;
pub(in crate::control) mod schedule;
pub(in crate::control) mod state;
