//! Estimates the size of a view, so that a caller can serialize a large one on another thread.

use super::handle::Control;
use super::proxy::state::Proxy;
use super::toxic::state::Toxic;

/// How many networks and ranges of a scope count as much as one toxic.
const PARTS_OF_A_TOXIC: usize = 8;
/// How many bytes of attributes count as much as one toxic.
const BYTES_OF_A_TOXIC: usize = 512;

impl Control {
    /// The number of proxies and toxics in a view of one proxy or of all proxies. Long scopes and
    /// large attributes count for more.
    /// Zero if no proxy has that name.
    pub fn view_size(&self, proxy: Option<&str>) -> usize {
        let proxies = self.registry.select(proxy).unwrap_or_default();
        proxies.iter().map(|proxy| proxy.view_size()).sum()
    }
}

impl Control {
    /// The number of profiles and toxics in a view of all profiles.
    pub fn profiles_size(&self) -> usize {
        self.env().profiles.size()
    }
}

impl Proxy {
    fn view_size(&self) -> usize {
        let state = self.state();
        1 + state.toxics.iter().map(Toxic::view_size).sum::<usize>()
    }
}

impl Toxic {
    fn view_size(&self) -> usize {
        let scope = self.scope();
        let parts = scope.clients.len() + scope.connections.len();
        let http = self.http_weight() / BYTES_OF_A_TOXIC;
        1 + parts / PARTS_OF_A_TOXIC + http + self.weight() / BYTES_OF_A_TOXIC
    }
}
