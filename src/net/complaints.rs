//! What a proxy's log says of its connections: once a spell, because clients decide how many fail.
//!
//! Each of them is told of in the events, and at debug level.

use std::fmt::Display;

use super::roster::Record;
use super::session::Route;
use super::spell::Spell;

#[derive(Debug)]
pub(super) struct Complaints {
    unreachable: Spell,
    broken: Spell,
}

impl Complaints {
    pub(super) fn new(proxy: &str) -> Self {
        let (first, second) = (proxy.to_owned(), proxy.to_owned());
        Complaints {
            unreachable: Spell::new(move |clients| {
                tracing::warn!(
                    proxy = %first,
                    clients,
                    "the upstream could not be reached for as many clients more"
                );
            }),
            broken: Spell::new(move |connections| {
                tracing::error!(
                    proxy = %second,
                    connections,
                    "as many connections more broke down; please report this"
                );
            }),
        }
    }

    pub(super) fn unreachable(&self, route: &Route, record: &Record, error: &impl Display) {
        let error = error.to_string();
        if self.unreachable.is_new(&error) {
            tracing::warn!(proxy = %route.proxy, upstream = %route.upstream,
                connection = record.connection, %error,
                "the upstream cannot be reached; the client is closed");
        } else {
            tracing::debug!(proxy = %route.proxy, upstream = %route.upstream,
                connection = record.connection, %error,
                "the upstream cannot be reached; the client is closed");
        }
    }

    pub(super) fn broken(&self, route: &Route, record: &Record) {
        if self.broken.is_new("") {
            tracing::error!(proxy = %route.proxy, connection = record.connection,
                "a connection broke down and is closed; please report this");
        } else {
            tracing::debug!(proxy = %route.proxy, connection = record.connection,
                "a connection broke down and is closed");
        }
    }
}
