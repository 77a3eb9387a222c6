//! The server's options, from the command line or the environment.

use std::path::PathBuf;
use std::time::Duration;

/// The default host and port of the API.
pub(super) const DEFAULT_HOST: &str = "localhost";
pub(super) const DEFAULT_PORT: &str = "8474";

/// The server's options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerOptions {
    /// The host that the control API listens on: an address or a name.
    pub host: String,
    /// The port that the control API listens on. It is text, because a port may be a service's name.
    pub port: String,
    /// A JSON file with proxies to create before the API answers.
    pub config: Option<PathBuf>,
    /// The seed of every random choice.
    pub seed: i64,
    /// Whether `/metrics` describes this process.
    pub runtime_metrics: bool,
    /// Whether `/metrics` describes the proxies.
    pub proxy_metrics: bool,
    /// Strict mode: whether to refuse senseless values that Toxiproxy accepts.
    pub strict: bool,
    /// Names that a request's `Host` may have while the API listens on loopback.
    pub allow_hosts: Vec<String>,
    /// The limits on buffers, counts and the time to stop.
    pub limits: Limits,
    /// Arguments after the flags. Toxiproxy ignores them silently; aconite warns about them.
    pub ignored: Vec<String>,
    /// Variables with the name of a setting whose value was set by an orchestrator.
    pub foreign_variables: Vec<String>,
}

impl ServerOptions {
    /// The default options.
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
    /// Bytes that may be buffered in one direction of a connection.
    pub link_buffer: usize,
    /// Bytes that may be buffered in all connections together.
    pub total_buffer: usize,
    /// Connections of one proxy at a time.
    pub connections: usize,
    /// Proxies.
    pub proxies: usize,
    /// Toxics of one proxy.
    pub toxics: usize,
    /// Connections to the API at a time.
    pub api_connections: usize,
    /// How long connections may continue after the server was told to stop.
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
