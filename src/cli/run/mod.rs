//! `aconite run`: a command with toxics on.
//!
//! The toxics belong to a session that is renewed while the command runs and ended when it has
//! ended, so they are removed whatever becomes of this process. `session` has the toxics, `child`
//! and `signals` the command, `server` the server of `--server`, and `report` what they did.

mod child;
mod error;
mod report;
pub(crate) mod runner;
mod server;
mod session;
#[cfg(unix)]
mod signals;

pub(crate) use error::RunError;
