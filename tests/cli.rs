//! The command-line client against the real executable: the recorded sessions of the reference's
//! under its name, and what is ours.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

#[path = "cli/change.rs"]
mod change;
#[path = "cli/events.rs"]
mod events;
#[path = "cli/hints.rs"]
mod hints;
#[path = "cli/own.rs"]
mod own;
#[path = "cli/replay.rs"]
mod replay;
#[path = "cli/run.rs"]
mod run;
#[path = "cli/runner.rs"]
mod runner;
#[path = "cli/sight.rs"]
mod sight;
#[path = "cli/target.rs"]
mod target;
#[path = "cli/terminal.rs"]
mod terminal;
#[path = "cli/transcript.rs"]
mod transcript;
#[path = "cli/undone.rs"]
mod undone;
#[path = "cli/wait.rs"]
mod wait;
