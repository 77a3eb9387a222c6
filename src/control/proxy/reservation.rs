//! The address that a disabled proxy keeps, so that it can be enabled again.

use std::net::SocketAddr;

use super::state::Proxy;
use crate::net::{Bound, Reserved};

impl Proxy {
    /// Frees the address that it keeps, if it does and that is one to be freed. Returns the address.
    pub(in crate::control) fn release_if(
        &self,
        which: impl FnOnce(SocketAddr) -> bool,
    ) -> Option<SocketAddr> {
        let mut state = self.state();
        let freed = state.reserved.take_if(|kept| which(kept.local()));
        freed.map(|freed| freed.local())
    }

    /// Keeps an address again. Another program may have been quicker; then there is nothing to keep.
    pub(in crate::control) fn reserve(&self, local: SocketAddr) {
        let mut state = self.state();
        if state.running.is_none() && state.reserved.is_none() {
            let bound = Bound::bind(&local.into()).ok();
            state.reserved = bound.and_then(|bound| Reserved::of_bound(bound, &self.env.workers));
        }
    }
}
