//! A connection for as long as it is there, and what it leaves behind.

use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

use crate::net::connections::ConnectionHandle;
use crate::net::proxy_context::ProxyContext;
use crate::net::reason::Reason;

/// Dropped, it gives the connection's permit back and reports its end.
#[derive(Debug)]
pub(crate) struct ConnectionGuard {
    proxy: Arc<ProxyContext>,
    handle: Arc<ConnectionHandle>,
    /// Why it ended. Where nobody says so, its task was dropped: the proxy stops.
    reason: OnceLock<Reason>,
    _alive: watch::Receiver<()>,
}

impl ConnectionGuard {
    /// The connection has a permit of its proxy, which the guard gives back, and is in the proxy's
    /// table. `alive` is held by whoever works for this proxy.
    pub(crate) fn new(
        proxy: Arc<ProxyContext>,
        handle: Arc<ConnectionHandle>,
        alive: watch::Receiver<()>,
    ) -> Self {
        ConnectionGuard {
            proxy,
            handle,
            reason: OnceLock::new(),
            _alive: alive,
        }
    }

    pub(super) fn proxy(&self) -> &ProxyContext {
        &self.proxy
    }

    pub(super) fn handle(&self) -> &Arc<ConnectionHandle> {
        &self.handle
    }

    pub(super) fn reason(&self) -> Option<&Reason> {
        self.reason.get()
    }

    /// This is why the connection ends.
    pub(super) fn set_reason(&self, reason: Reason) {
        let _ = self.reason.set(reason);
    }
}

impl Drop for ConnectionGuard {
    /// A defect in one connection ends this one alone: its sockets are closed as its task is unwound,
    /// with the guard among the last.
    fn drop(&mut self) {
        self.proxy.permits.add_permits(1);
        let mut reason = self.reason.take().unwrap_or(Reason::Stopped);
        if std::thread::panicking() {
            reason = Reason::Defect;
            self.proxy.log.broken(&self.handle);
        }
        self.proxy.traffic.add_end(reason.kind());
        self.proxy.connections.dismiss(&self.handle, &reason);
    }
}
