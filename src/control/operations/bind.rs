//! The addresses that disabled proxies keep, so that they can come back.
//!
//! As with Toxiproxy, another proxy of this server may have such an address. It is given up for
//! that one, and kept again if the operation fails: a refused request must change nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::control::error::ControlError;
use crate::control::listen::Listen;
use crate::control::proxy::state::Proxy;
use crate::control::registry::Registry;
use crate::net::{Bound, Reserved};

/// Addresses that were given up for an operation that may yet fail, and whose they are.
#[derive(Default)]
pub(in crate::control) struct Released(Vec<(Arc<Proxy>, SocketAddr)>);

impl Released {
    /// Takes from all disabled proxies what collides with `listen`. Whether there was anything.
    fn take_colliding(&mut self, listen: &Listen, registry: &Registry) -> bool {
        let before = self.0.len();
        for proxy in registry.all() {
            let local = proxy.release_if(|local| listen.collides_with(local));
            self.0.extend(local.map(|local| (proxy, local)));
        }
        self.0.len() > before
    }

    /// Gives them back. What was bound in their place must be closed.
    pub(in crate::control) fn give_back(self) {
        for (proxy, local) in self.0 {
            proxy.reserve(local);
        }
    }
}

impl Registry {
    /// Binds a listen address, which a disabled proxy may have kept.
    pub(in crate::control) fn bind(&self, listen: &Listen) -> Result<Bound, ControlError> {
        let mut released = Released::default();
        let bound = self.bind_as_part(listen, &mut released);
        if bound.is_err() {
            released.give_back();
        }
        bound
    }

    /// Binds the listen address of a disabled proxy, which may have reserved it.
    pub(in crate::control) fn bind_for(
        &self,
        proxy: &Proxy,
        listen: &Listen,
    ) -> Result<Bound, ControlError> {
        let reserved = proxy.state().reserved.take();
        let reserved = reserved.filter(|reserved| listen.is_served_at(reserved.local()));
        match reserved.map(Reserved::listen) {
            Some(Ok(bound)) => Ok(bound),
            // Another socket listens there by now, and what follows says so.
            Some(Err(_)) | None => self.bind(listen),
        }
    }

    /// The same for an operation that does more, and gives back what was given up if that fails.
    pub(in crate::control) fn bind_as_part(
        &self,
        listen: &Listen,
        released: &mut Released,
    ) -> Result<Bound, ControlError> {
        listen.bind(|| released.take_colliding(listen, self))
    }
}
