//! What a proxy's log says of its connections: once a spell, because clients decide how many fail.
//!
//! Each of them is told of in the events, and at debug level.

use std::fmt::Display;

use super::chain::{LONGEST, Refusal};
use super::connection::Route;
use super::connections::ConnectionHandle;
use super::spell::Spell;

#[derive(Debug)]
pub(super) struct Complaints {
    unreachable: Spell,
    broken: Spell,
    looping: Spell,
}

impl Complaints {
    pub(super) fn new(proxy: &str) -> Self {
        let [first, second, third] = [(); 3].map(|()| proxy.to_owned());
        Complaints {
            unreachable: Spell::new(move |clients| {
                tracing::warn!(
                    proxy = %first,
                    clients,
                    "more clients could not reach the upstream"
                );
            }),
            broken: Spell::new(move |connections| {
                tracing::error!(
                    proxy = %second,
                    connections,
                    "more connections broke down; please report this"
                );
            }),
            looping: Spell::new(move |clients| {
                tracing::warn!(
                    proxy = %third,
                    clients,
                    "as many clients more had come through too many proxies of this server"
                );
            }),
        }
    }

    pub(super) fn unreachable(
        &self,
        route: &Route,
        handle: &ConnectionHandle,
        error: &impl Display,
    ) {
        let error = error.to_string();
        if self.unreachable.is_new(&error) {
            tracing::warn!(proxy = %route.proxy, upstream = %route.upstream,
                connection = handle.connection, %error,
                "the upstream cannot be reached; the client is closed");
        } else {
            tracing::debug!(proxy = %route.proxy, upstream = %route.upstream,
                connection = handle.connection, %error,
                "the upstream cannot be reached; the client is closed");
        }
    }

    pub(super) fn broken(&self, route: &Route, handle: &ConnectionHandle) {
        if self.broken.is_new("") {
            tracing::error!(proxy = %route.proxy, connection = handle.connection,
                "a connection broke down and is closed; please report this");
        } else {
            tracing::debug!(proxy = %route.proxy, connection = handle.connection,
                "a connection broke down and is closed");
        }
    }

    /// A client was reset that came through this proxy before, or through too many.
    pub(super) fn looping(&self, route: &Route, refusal: Refusal) {
        let (proxy, upstream) = (&route.proxy, &route.upstream);
        let is_new = self.looping.is_new(match refusal {
            Refusal::Loop => "loop",
            Refusal::TooLong => "too long",
        });
        match refusal {
            _ if !is_new => tracing::debug!(%proxy, %upstream, ?refusal, "a client is reset"),
            Refusal::Loop => tracing::warn!(%proxy, %upstream,
                "the upstream leads back to this proxy: such connections are reset; give it another upstream"),
            Refusal::TooLong => tracing::warn!(%proxy, %upstream, limit = LONGEST,
                "connections that come through too many proxies of this server are reset"),
        }
    }
}
