//! The real executable as its users see it: the command-line client, the flags, start and stop of
//! the server, and the commands of the README and of `examples/`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;
mod ends;
mod examples;
mod readme;
mod renamed;
mod served_instance;
mod server_command;
