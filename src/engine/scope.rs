//! Which connections a toxic may touch, before its toxicity is drawn.
//!
//! Pure: an address comes in as a value.

use std::ops::RangeInclusive;

use core::net::IpAddr;

use ipnet::IpNet;

/// What a connection is known by to the random choices and scopes of its proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// It was accepted as this one of its proxy, counted from 1.
    pub connection: u64,
    /// Who opened it; `None` where nobody knows.
    pub client: Option<IpAddr>,
}

impl From<u64> for Identity {
    /// A connection of an unknown client.
    fn from(connection: u64) -> Self {
        Identity {
            connection,
            client: None,
        }
    }
}

/// A part of all connections. What is empty restricts nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Networks that the client has to be in one of. An IPv4 client that came by an IPv6 socket
    /// counts as what it is.
    pub clients: Vec<IpNet>,
    /// Ordinals that the connection has to be in one of.
    pub connections: Vec<RangeInclusive<u64>>,
}

impl Scope {
    /// Whether the connection is in it. One whose client nobody knows is in no network.
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
