//! The command line as values: a pure function from words and environment to a [`Command`].
//!
//! There are two dialects. `toxiproxy` has the only parser of Go's flags, with a table of the
//! server's flags and one of `toxiproxy-cli`'s commands; its messages are Toxiproxy's. `aconite`
//! defines the client's commands for clap. Both dialects produce the same values: `client` and
//! `server_options`. The server's flags follow Go's rules under either name, so that the arguments of
//! Toxiproxy's server work unchanged after `aconite server`.
//!
//! Must not print, exit, or read the environment, the clock or the network: the caller passes the
//! environment in.

mod aconite;
mod attribute_list;
pub mod client;
mod command;
mod completions;
mod environment;
mod http;
mod parse;
mod request_match;
mod server_options;
mod stream;
#[cfg(test)]
mod tests;
mod toxic_options;
mod toxic_values;
mod toxic_word;
mod toxiproxy;
mod values;

pub use command::{API_VERSION, Command, END_WITH_STDIN, UsageError, VERSION};
pub use completions::{COMPLETE, Named, completed, completions};
pub use environment::{ApiAddress, Environment, api_address};
pub use parse::parse;
pub use server_options::{Limits, ServerOptions};
