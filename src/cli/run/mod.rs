//! `aconite run`: runs a command while toxics are active.
//!
//! The toxics belong to a session that is renewed while the command runs and ended afterwards, so
//! they are removed even if this process is killed. `session` manages the toxics, `child` and
//! `signals` the command, `server` the server of `--server`, and `report` the statistics.

mod child;
mod error;
mod report;
pub(crate) mod runner;
mod server;
mod session;
#[cfg(unix)]
mod signals;

pub(crate) use error::RunError;
