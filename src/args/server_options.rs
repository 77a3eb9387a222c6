//! How a server is to run, as the command line or the environment says.

use std::path::PathBuf;
use std::time::Duration;

/// The host and the port of the API, unless something else is given.
pub(super) const DEFAULT_HOST: &str = "localhost";
pub(super) const DEFAULT_PORT: &str = "8474";

/// How the server is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerOptions {
    /// The host that the control API listens on: an address or a name.
    pub host: String,
    /// The port that the control API listens on: still text, because a port may be a service's name.
    pub port: String,
    /// A JSON file with proxies to create before the API answers.
    pub config: Option<PathBuf>,
    /// The seed of every random choice.
    pub seed: i64,
    /// Whether `/metrics` describes this process.
    pub runtime_metrics: bool,
    /// Whether `/metrics` describes the proxies.
    pub proxy_metrics: bool,
    /// Whether values are refused that Toxiproxy accepts although they make no sense.
    pub strict: bool,
    /// Names that a request's `Host` may have while the API listens on loopback.
    pub allow_hosts: Vec<String>,
    /// The limits on buffers, counts and the time to stop.
    pub limits: Limits,
    /// Words after the flags. Toxiproxy ignores them; they deserve a warning.
    pub ignored: Vec<String>,
    /// Variables that are named like a setting but hold what an orchestrator put there.
    pub foreign_variables: Vec<String>,
}

impl ServerOptions {
    /// The options of a server that is given none.
    pub(super) fn new(seed: i64) -> Self {
        ServerOptions {
            host: DEFAULT_HOST.to_owned(),
            port: DEFAULT_PORT.to_owned(),
            config: None,
            seed,
            runtime_metrics: false,
            proxy_metrics: false,
            strict: false,
            allow_hosts: Vec::new(),
            limits: Limits::default(),
            ignored: Vec::new(),
            foreign_variables: Vec::new(),
        }
    }
}

/// The server's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that may wait in one direction of a connection.
    pub link_buffer: usize,
    /// Bytes that may wait in all connections together.
    pub total_buffer: usize,
    /// Connections of one proxy at a time.
    pub connections: usize,
    /// Proxies.
    pub proxies: usize,
    /// Toxics of one proxy.
    pub toxics: usize,
    /// Connections to the API at a time.
    pub api_connections: usize,
    /// How long connections may go on after the server was told to stop.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            link_buffer: 128 << 20,
            total_buffer: 1 << 30,
            connections: 100_000,
            proxies: 10_000,
            toxics: 1000,
            api_connections: 1024,
            drain: Duration::ZERO,
        }
    }
}
