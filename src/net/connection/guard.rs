//! The guard of a connection: cleans up after it and reports its end, even if its task panics.

use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

use crate::engine::Plan;
use crate::net::built_in::UpstreamAddress;
use crate::net::connections::ConnectionHandle;
use crate::net::proxy_context::ProxyContext;
use crate::net::reason::Reason;

/// On drop, returns the connection's permit and reports the connection's end.
#[derive(Debug)]
pub(crate) struct ConnectionGuard {
    proxy: Arc<ProxyContext>,
    handle: Arc<ConnectionHandle>,
    /// Why the connection ended. If unset, its task was dropped because the proxy stopped.
    reason: OnceLock<Reason>,
    _alive: watch::Receiver<()>,
}

impl ConnectionGuard {
    /// The connection must hold a permit of its proxy, which the guard returns, and be in the proxy's
    /// table. Every task of the proxy holds a clone of `alive`, so that a stop can wait for all of them.
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

    /// Counts and reports that the upstream was reached. `plan` is that of the acceptance.
    pub(super) fn reached(&self, upstream: UpstreamAddress, plan: &Plan) {
        self.proxy.traffic.add_connection();
        self.proxy.connections.opened(&self.handle, upstream, plan);
    }

    pub(super) fn reason(&self) -> Option<&Reason> {
        self.reason.get()
    }

    /// Records why the connection ends. The first reason set is kept.
    pub(super) fn set_reason(&self, reason: Reason) {
        let _ = self.reason.set(reason);
    }
}

impl Drop for ConnectionGuard {
    /// A panic in one connection ends only that connection. Unwinding its task closes its sockets, and
    /// the guard is among the last to be dropped.
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
