//! Which connections a toxic may act on, before its toxicity is compared with a draw.
//!
//! This module is pure: an address comes in as a value.

use std::ops::RangeInclusive;

use core::net::IpAddr;

use ipnet::IpNet;

/// What a proxy's random draws and scopes know about a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The connection's ordinal within its proxy, counted from 1.
    pub connection: u64,
    /// The client's address; `None` if it is unknown.
    pub client: Option<IpAddr>,
}

impl From<u64> for Identity {
    /// A connection whose client is unknown.
    fn from(connection: u64) -> Self {
        Identity {
            connection,
            client: None,
        }
    }
}

/// A set of connections. An empty list restricts nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The client must be in one of these networks. An IPv4 client that connects through an IPv6
    /// socket is matched by its IPv4 address.
    pub clients: Vec<IpNet>,
    /// The connection's ordinal must be in one of these ranges.
    pub connections: Vec<RangeInclusive<u64>>,
}

impl Scope {
    /// Whether the connection is in the scope. A connection with an unknown client is in no
    /// network.
    pub fn covers(&self, identity: Identity) -> bool {
        let client = identity.client.map(|ip| ip.to_canonical());
        let of_client = self.clients.is_empty()
            || client.is_some_and(|ip| self.clients.iter().any(|net| net.contains(&ip)));
        let ordinal = identity.connection;
        let of_number = self.connections.is_empty()
            || self
                .connections
                .iter()
                .any(|range| range.contains(&ordinal));
        of_client && of_number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(connection: u64, client: &str) -> Identity {
        Identity {
            connection,
            client: Some(client.parse().unwrap()),
        }
    }

    #[test]
    fn an_empty_scope_is_everyone() {
        assert!(Scope::default().covers(of(1, "127.0.0.1")));
        assert!(Scope::default().covers(9.into()));
    }

    #[test]
    fn both_restrictions_hold_at_once() {
        let scope = Scope {
            clients: vec!["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()],
            connections: vec![1..=3, 10..=u64::MAX],
        };
        for (connection, client, covered) in [
            (1, "10.1.2.3", true),
            (3, "::1", true),
            (4, "10.1.2.3", false),
            (11, "::ffff:10.9.9.9", true),
            (11, "11.0.0.1", false),
            (11, "::2", false),
        ] {
            let identity = of(connection, client);
            assert_eq!(scope.covers(identity), covered, "{identity:?}");
        }
        assert!(!scope.covers(1.into()));
    }
}
