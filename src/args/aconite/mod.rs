//! The command line of `aconite`: clap's, with flags before or after the proxy's name.
//!
//! `definition` puts the commands together, and `parse` reads a command line by it. Flags that take
//! their value from the environment show their variable in help; the values are read elsewhere:
//! those of the server in `toxiproxy::server`, those of the client in `cli::Environment`, which
//! `toxiproxy-cli` shares and which `health` ranks differently from other commands.

mod action;
pub(super) mod definition;
mod examples;
mod observe;
pub(super) mod parse;
mod proxy;
mod run;
mod server;
mod session;
mod suggest;
mod toxic;
mod toxic_flags;
