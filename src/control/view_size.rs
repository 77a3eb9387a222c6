//! How much there is to show: whoever writes it down may want to do so elsewhere.

use super::handle::Control;
use super::proxy::state::Proxy;
use super::toxic::state::Toxic;

/// Networks and ranges of a `match` that weigh as much as a toxic does.
const PARTS_OF_A_TOXIC: usize = 8;

impl Control {
    /// How many proxies and toxics there are to show, of one proxy or of all; long scopes count for
    /// more. Nothing if there is no such proxy.
    pub fn weight(&self, proxy: Option<&str>) -> usize {
        let proxies = self.registry.select(proxy).unwrap_or_default();
        proxies.iter().map(|proxy| proxy.weight()).sum()
    }
}

impl Proxy {
    fn weight(&self) -> usize {
        let state = self.state();
        1 + state.toxics.iter().map(Toxic::weight).sum::<usize>()
    }
}

impl Toxic {
    fn weight(&self) -> usize {
        let scope = self.scope();
        1 + (scope.clients.len() + scope.connections.len()) / PARTS_OF_A_TOXIC
    }
}
