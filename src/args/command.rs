//! A parsed command line, or the error that explains why it is invalid.

use std::path::PathBuf;

use thiserror::Error;

use super::client::Client;
use super::server_options::ServerOptions;

/// The version of the Toxiproxy API that this server speaks.
pub const API_VERSION: &str = "2.12.0";

/// The environment variable that makes a server exit at the end of its standard input.
/// `aconite run --server` sets it.
pub const END_WITH_STDIN: &str = "ACONITE_END_WITH_STDIN";

/// The version of aconite.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A parsed command line.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Run the server.
    Server(ServerOptions),
    /// Send requests to a server, as a client of its API.
    Client(Client),
    /// Report the errors in a config file.
    Check {
        /// The file.
        file: PathBuf,
        /// Whether warnings count as errors.
        strict: bool,
        /// Whether the findings are printed as JSON.
        json: bool,
        /// The host and port of the API that a server with this file would have.
        api: (String, String),
    },
    /// Print this to standard output, and exit with 0.
    Output(String),
    /// Print this to standard error, and exit with 0, as Go programs do for `-h`.
    ErrorOutput(String),
}

impl Command {
    /// Prints the version of aconite.
    pub(super) fn version() -> Self {
        Command::Output(format!(
            "aconite version {VERSION} (Toxiproxy API {API_VERSION})\n"
        ))
    }
}

/// An invalid command line: what is wrong, and how to use the command.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct UsageError {
    pub(super) output: String,
    pub(super) message: String,
    pub(super) code: u8,
}

impl UsageError {
    /// The exit code of Go's `flag` package.
    const USUAL_CODE: u8 = 2;

    pub(super) fn new(message: String) -> Self {
        UsageError {
            output: String::new(),
            message,
            code: Self::USUAL_CODE,
        }
    }

    /// The text for standard output. The `Display` text of the error is for standard error.
    pub fn output(&self) -> &str {
        &self.output
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }
}
