//! The command-line client: a client of the HTTP API like any other.
//!
//! [`run`](run()) executes one command and returns what to print. It prints nothing itself, with two
//! exceptions: `aconite run` warns while its command runs, and `aconite events` prints events as
//! they arrive. Called as `toxiproxy-cli` it prints exactly what Toxiproxy's client prints. Called
//! as `aconite` it has its own output for people, and Toxiproxy's columns for programs.
//!
//! * `dispatch` maps a parsed command line to its command,
//! * `commands` has one file a command, `run` has `aconite run`,
//! * `api` sends requests, `output` formats what comes back, `error` is what can go wrong.
//!
//! It must not depend on how the server works.

mod api;
mod commands;
mod completion;
mod context;
mod dispatch;
mod error;
mod output;
mod run;

pub use commands::config_check::{ConfigFault, config_check};
pub use completion::complete;
pub use context::Environment;
pub use dispatch::run;
pub use output::command_output::CommandOutput;
