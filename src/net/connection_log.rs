//! The log lines of a proxy's connections.
//!
//! Clients decide how many connections fail, so warnings are throttled. Every failure is still
//! reported as an event and logged at debug level.

use std::fmt::Display;

use super::connections::ConnectionHandle;
use super::log_throttle::LogThrottle;
use super::loop_detection::{MAX_HOPS, Refusal};

/// Logs what happens to the connections of one proxy.
#[derive(Debug)]
pub(super) struct ConnectionLog {
    proxy: String,
    upstream: String,
    unreachable: LogThrottle,
    broken: LogThrottle,
    looping: LogThrottle,
}

impl ConnectionLog {
    pub(super) fn new(proxy: String, upstream: String) -> Self {
        let [first, second, third] = [(); 3].map(|()| proxy.clone());
        ConnectionLog {
            proxy,
            upstream,
            unreachable: LogThrottle::new(move |clients| {
                tracing::warn!(
                    proxy = %first,
                    clients,
                    "more clients could not reach the upstream"
                );
            }),
            broken: LogThrottle::new(move |connections| {
                tracing::error!(
                    proxy = %second,
                    connections,
                    "more connections broke down; please report this"
                );
            }),
            looping: LogThrottle::new(move |clients| {
                tracing::warn!(
                    proxy = %third,
                    clients,
                    "as many clients more had come through too many proxies of this server"
                );
            }),
        }
    }

    /// The name of the proxy.
    pub(super) fn proxy(&self) -> &str {
        &self.proxy
    }

    /// `then` says what happens to the client.
    pub(super) fn unreachable(
        &self,
        handle: &ConnectionHandle,
        error: &impl Display,
        then: &'static str,
    ) {
        let error = error.to_string();
        let (proxy, upstream) = (&self.proxy, &self.upstream);
        if self.unreachable.is_first(&error) {
            tracing::warn!(%proxy, %upstream, connection = handle.connection, %error,
                "the upstream cannot be reached; {then}");
        } else {
            tracing::debug!(%proxy, %upstream, connection = handle.connection, %error,
                "the upstream cannot be reached; {then}");
        }
    }

    pub(super) fn broken(&self, handle: &ConnectionHandle) {
        let proxy = &self.proxy;
        if self.broken.is_first("") {
            tracing::error!(%proxy, connection = handle.connection,
                "a connection broke down and is closed; please report this");
        } else {
            tracing::debug!(%proxy, connection = handle.connection,
                "a connection broke down and is closed");
        }
    }

    /// Logs that a client was reset because it came through this proxy before, or through too many.
    pub(super) fn looping(&self, refusal: Refusal) {
        let (proxy, upstream) = (&self.proxy, &self.upstream);
        let is_first = self.looping.is_first(match refusal {
            Refusal::Loop => "loop",
            Refusal::TooLong => "too long",
        });
        match refusal {
            _ if !is_first => tracing::debug!(%proxy, %upstream, ?refusal, "a client is reset"),
            Refusal::Loop => tracing::warn!(%proxy, %upstream,
                "the upstream leads back to this proxy: such connections are reset; give it another upstream"),
            Refusal::TooLong => tracing::warn!(%proxy, %upstream, limit = MAX_HOPS,
                "connections that come through too many proxies of this server are reset"),
        }
    }
}
