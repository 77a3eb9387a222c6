//! Operations that start and stop listeners. They run one at a time, each to completion.
//!
//! Must not know the caller. An operation may wait for tasks of this process, but never for a peer, a
//! link or a dial, and it holds no lock while it waits.

mod api;
mod bind;
mod create;
mod handover;
mod outcome;
mod populate;
mod populate_limits;
pub(in crate::control) mod queue;
mod reset;
mod stop;
mod time_slice;
pub(in crate::control) mod undo;
mod update;
