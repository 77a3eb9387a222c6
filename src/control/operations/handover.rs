//! Handing listening sockets over from replaced proxies to the proxies that replace them.
//!
//! Sockets are indexed by port, because populate may replace thousands of proxies, and each entry looks
//! for a socket that it can reuse.

use std::collections::HashMap;
use std::sync::Arc;

use crate::control::listen::Listen;
use crate::control::proxy::state::Proxy;
use crate::net::Bound;

/// Proxies to be replaced, each with a second handle of its listening socket.
#[derive(Default)]
pub(in crate::control) struct Handover(HashMap<u16, Vec<(Arc<Proxy>, Bound)>>);

impl Handover {
    pub(in crate::control) fn add(&mut self, proxy: Arc<Proxy>, bound: Bound) {
        let port = bound.local().port();
        self.0.entry(port).or_default().push((proxy, bound));
    }

    /// Takes out the socket that is equivalent to binding `listen`.
    pub(in crate::control) fn take_serving(&mut self, listen: &Listen) -> Option<Bound> {
        let of_port = self.0.get_mut(&listen.port())?;
        let mut sockets = of_port.iter();
        let serving = sockets.position(|(_, bound)| listen.is_served_by(bound))?;
        Some(of_port.swap_remove(serving).1)
    }

    /// Whether one of the sockets has the port of `listen`.
    pub(in crate::control) fn has_port_of(&self, listen: &Listen) -> bool {
        let of_port = self.0.get(&listen.port());
        of_port.is_some_and(|of_port| !of_port.is_empty())
    }

    /// Takes out all sockets with the port of `listen`.
    pub(in crate::control) fn take_port_of(&mut self, listen: &Listen) -> Vec<(Arc<Proxy>, Bound)> {
        self.0.remove(&listen.port()).unwrap_or_default()
    }
}
