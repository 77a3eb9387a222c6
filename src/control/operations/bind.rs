//! Binding listen addresses that disabled proxies may have reserved.
//!
//! With Toxiproxy, another proxy can take the address of a disabled one. So a reservation is released
//! for that proxy, and restored if the operation fails: a refused request must change nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::control::error::ControlError;
use crate::control::listen::Listen;
use crate::control::proxy::state::Proxy;
use crate::control::registry::Registry;
use crate::net::{Bound, Reserved};

/// Reservations that were released for an operation that can still fail.
#[derive(Default)]
pub(in crate::control) struct Released(Vec<(Arc<Proxy>, SocketAddr)>);

impl Released {
    /// Releases the reservations that conflict with `listen`. Returns whether there were any.
    fn release_conflicting(&mut self, listen: &Listen, registry: &Registry) -> bool {
        let before = self.0.len();
        for proxy in registry.all() {
            let local = proxy.release_if(|local| listen.conflicts_with(local));
            self.0.extend(local.map(|local| (proxy, local)));
        }
        self.0.len() > before
    }

    /// Restores the reservations. Sockets that were bound in their place must have been closed.
    pub(in crate::control) fn restore(self) {
        for (proxy, local) in self.0 {
            proxy.reserve(local);
        }
    }
}

impl Registry {
    /// Binds a listen address, which a disabled proxy may have reserved.
    pub(in crate::control) fn bind(&self, listen: &Listen) -> Result<Bound, ControlError> {
        let mut released = Released::default();
        let bound = self.bind_as_part(listen, &mut released);
        if bound.is_err() {
            released.restore();
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
            // Another socket has taken the address meanwhile; binding it again returns that error.
            Some(Err(_)) | None => self.bind(listen),
        }
    }

    /// Binds as part of a larger operation, which restores `released` if it fails.
    pub(in crate::control) fn bind_as_part(
        &self,
        listen: &Listen,
        released: &mut Released,
    ) -> Result<Bound, ControlError> {
        listen.bind(|| released.release_conflicting(listen, self))
    }
}
