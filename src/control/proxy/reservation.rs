//! The listen address that a disabled proxy reserves, so that it can be enabled again.

use std::net::SocketAddr;

use super::state::Proxy;
use crate::net::{Bound, Reserved};

impl Proxy {
    /// Releases the reserved address if it matches, and returns it.
    pub(in crate::control) fn release_if(
        &self,
        matches: impl FnOnce(SocketAddr) -> bool,
    ) -> Option<SocketAddr> {
        let mut state = self.state();
        let released = state.reserved.take_if(|reserved| matches(reserved.local()));
        released.map(|released| released.local())
    }

    /// Reserves an address again. If another program has bound it meanwhile, nothing is reserved.
    pub(in crate::control) fn reserve(&self, local: SocketAddr) {
        let mut state = self.state();
        if state.running.is_none() && state.reserved.is_none() {
            let bound = Bound::bind(&local.into()).ok();
            state.reserved = bound.and_then(|bound| Reserved::of_bound(bound, &self.env.workers));
        }
    }
}
