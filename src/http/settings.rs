//! The API's settings.

use std::fmt;
use std::net::SocketAddr;

use crate::control::MAX_FOLLOWERS;

/// The API's settings.
#[derive(Clone)]
pub struct Settings {
    /// The address that the API is bound to. On loopback, foreign names in `Host` are refused. Beyond
    /// loopback, they are refused only in requests that a web page may have sent.
    pub listen: SocketAddr,
    /// Additional allowed names in `Host`, in any case; a port is ignored.
    pub allow_hosts: Vec<String>,
    /// Whether `/metrics` shows the traffic of proxies.
    pub proxy_metrics: bool,
    /// Whether `/metrics` shows the process (on Linux).
    pub runtime_metrics: bool,
    /// The largest allowed body, in bytes.
    pub body_limit: usize,
    /// The most clients that may follow events at a time.
    pub followers: usize,
    /// The bearer token that every request must carry, if one is set.
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
    /// The largest allowed body by default, in bytes: 16 MiB.
    pub const BODY_LIMIT: usize = 16 << 20;
    /// The limit on all bodies together, in bytes: 64 MiB. The first 16 KiB of each are not counted.
    pub const BODIES_LIMIT: usize = 64 << 20;

    /// The settings of an API that is bound to `listen`, without metrics and without additional names.
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
