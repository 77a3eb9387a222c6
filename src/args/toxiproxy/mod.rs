//! The command lines of Toxiproxy: the flags of its server, and the commands of `toxiproxy-cli`.
//!
//! `flag` is the only parser of Go's flags, and `server_table` and `client_table` are its tables.
//! Errors, usage and help are Toxiproxy's byte for byte, as recorded in `testdata/cli`.

pub(super) mod client;
mod client_build;
mod client_flags;
mod client_help;
mod client_table;
mod flag;
mod go_value;
pub(super) mod server;
pub(super) mod server_table;
mod server_usage;
mod server_values;
