//! What a proxy keeps for HTTP, whatever its rules are. Must not know the proxy.

use std::sync::Arc;

use crate::engine::Stats;
use crate::protocol::http::HttpCounts;

/// What a proxy keeps for HTTP while its rules come and go.
#[derive(Debug)]
pub(in crate::control) struct ProxyHttp {
    /// Identifies the interceptor to links.
    pub(super) id: u64,
    /// Counts of all its requests.
    pub(super) counts: Arc<HttpCounts>,
    /// The statistics of both halves of the interceptor as stages, which nobody reads.
    pub(super) stats: Arc<Stats>,
}

impl ProxyHttp {
    pub(super) fn new(id: u64) -> Self {
        ProxyHttp {
            id,
            counts: Arc::default(),
            stats: Arc::default(),
        }
    }
}
