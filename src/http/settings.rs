//! How the API behaves.

use std::fmt;
use std::net::SocketAddr;

use crate::control::MAX_FOLLOWERS;

/// How the API behaves.
#[derive(Clone)]
pub struct Settings {
    /// The address that the API is bound to. On loopback, foreign names in `Host` are refused; beyond
    /// it, only those of requests that a web page may have sent.
    pub listen: SocketAddr,
    /// Names in `Host` that are not foreign, in any case; a port is ignored.
    pub allow_hosts: Vec<String>,
    /// Whether `/metrics` shows the traffic of proxies.
    pub proxy_metrics: bool,
    /// Whether `/metrics` shows the process (on Linux).
    pub runtime_metrics: bool,
    /// The largest body taken, in bytes.
    pub body_limit: usize,
    /// How many may follow events at a time.
    pub followers: usize,
    /// The bearer token that every request has to carry, if there is one.
    pub token: Option<String>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("listen", &self.listen)
            .field("allow_hosts", &self.allow_hosts)
            .field("token", &self.token.as_ref().map(|_| "…"))
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// The largest body taken by default, in bytes: 16 MiB.
    pub const BODY_LIMIT: usize = 16 << 20;
    /// The largest bodies all together, in bytes, besides the first 16 KiB of each: 64 MiB.
    pub const BODIES_LIMIT: usize = 64 << 20;

    /// An API bound to `listen`, without metrics and further names.
    #[must_use]
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            allow_hosts: Vec::new(),
            proxy_metrics: false,
            runtime_metrics: false,
            body_limit: Self::BODY_LIMIT,
            followers: MAX_FOLLOWERS,
            token: None,
        }
    }
}
