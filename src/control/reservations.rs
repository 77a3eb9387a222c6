//! The addresses that disabled proxies keep, so that they can come back.
//!
//! As with Toxiproxy, another proxy of this server may have such an address. It is given up for
//! that one, and kept again if the operation fails: a refused request must change nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use super::error::ControlError;
use super::listen::Listen;
use super::proxy::Proxy;
use super::shared::Shared;
use crate::net::{Bound, Reserved, Workers};

/// Addresses that were given up for an operation that may yet fail, and whose they are.
#[derive(Default)]
pub(super) struct GivenUp(Vec<(Arc<Proxy>, SocketAddr)>);

impl GivenUp {
    /// Takes from all disabled proxies what collides with `listen`. Whether there was anything.
    fn take_colliding(&mut self, listen: &Listen, shared: &Shared) -> bool {
        let before = self.0.len();
        for proxy in shared.all() {
            let local = proxy.free_if(|local| listen.collides_with(local));
            self.0.extend(local.map(|local| (proxy, local)));
        }
        self.0.len() > before
    }

    /// Gives them back. What was bound in their place must be closed.
    pub(super) fn give_back(self, shared: &Shared) {
        for (proxy, local) in self.0 {
            proxy.reserve(local, &shared.workers);
        }
    }
}

impl Shared {
    /// Binds a listen address, which a disabled proxy may have kept.
    pub(super) fn bind(&self, listen: &Listen) -> Result<Bound, ControlError> {
        let mut given_up = GivenUp::default();
        let bound = self.bind_as_part(listen, &mut given_up);
        if bound.is_err() {
            given_up.give_back(self);
        }
        bound
    }

    /// The same for an operation that does more, and gives back what was given up if that fails.
    pub(super) fn bind_as_part(
        &self,
        listen: &Listen,
        given_up: &mut GivenUp,
    ) -> Result<Bound, ControlError> {
        listen.bind(|| given_up.take_colliding(listen, self))
    }
}

impl Proxy {
    /// Frees the address that it keeps, if it does and that is one to be freed. Returns the address.
    pub(super) fn free_if(&self, which: impl FnOnce(SocketAddr) -> bool) -> Option<SocketAddr> {
        let mut state = self.state();
        let freed = state.reserved.take_if(|kept| which(kept.local()));
        freed.map(|freed| freed.local())
    }

    /// Keeps an address again. Another program may have been quicker; then there is nothing to keep.
    fn reserve(&self, local: SocketAddr, workers: &Workers) {
        let mut state = self.state();
        if state.running.is_none() && state.reserved.is_none() {
            let bound = Bound::bind(&local.into()).ok();
            state.reserved = bound.and_then(|bound| Reserved::of_bound(bound, workers));
        }
    }

    /// Binds its listen address, which it may have kept.
    pub(super) fn bind(&self, listen: &Listen, shared: &Shared) -> Result<Bound, ControlError> {
        let reserved = self.state().reserved.take();
        let reserved = reserved.filter(|reserved| listen.is_served_at(reserved.local()));
        match reserved.map(Reserved::listen) {
            Some(Ok(bound)) => Ok(bound),
            // Somebody who was quick has it, and what follows says so.
            Some(Err(_)) | None => shared.bind(listen),
        }
    }
}
