//! The command line of `aconite`: clap's, with flags before or after the proxy's name.
//!
//! `definition` defines the commands, and `parse` parses a command line with them. Help shows the
//! environment variable of each flag that has one, but the variables are read elsewhere: the server's in
//! `toxiproxy::server`, and the client's in `cli::Environment`. `toxiproxy-cli` shares the latter, and
//! `health` gives its variables a different precedence than other commands do.

mod action;
pub(super) mod definition;
mod examples;
mod observe;
pub(super) mod parse;
mod profile;
mod proxy;
mod run;
mod server;
mod session;
mod suggest;
mod toxic;
mod toxic_flags;
