//! Live byte and connection counts of a proxy.

use std::sync::atomic::{AtomicU64, Ordering};

use super::reason::EndKind;
use crate::engine::Direction;

/// Bytes of one direction, counted while connections are open.
#[derive(Debug, Default)]
pub struct Flow {
    received: AtomicU64,
    sent: AtomicU64,
}

impl Flow {
    /// Bytes read from the sending peer.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Bytes that the receiving peer's socket has taken.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub(super) fn add_received(&self, count: usize) {
        self.received.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(super) fn add_sent(&self, count: usize) {
        self.sent.fetch_add(count as u64, Ordering::Relaxed);
    }

    fn absorb(&self, other: &Flow) {
        self.received.fetch_add(other.received(), Ordering::Relaxed);
        self.sent.fetch_add(other.sent(), Ordering::Relaxed);
    }
}

/// Byte counts of both directions of a proxy, and its connection counts.
#[derive(Debug, Default)]
pub struct Traffic {
    /// From the client to the upstream.
    pub upstream: Flow,
    /// From the upstream to the client.
    pub downstream: Flow,
    accepted: AtomicU64,
    connections: AtomicU64,
    /// Connections that ended, indexed by [`EndKind`].
    ended: [AtomicU64; EndKind::ALL.len()],
}

impl Traffic {
    /// Connections that ended because of a defect in this program.
    pub fn breakdowns(&self) -> u64 {
        self.ended(EndKind::Defect)
    }

    /// Connections that were accepted, whether they reached the upstream or not.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    pub(super) fn add_accepted(&self) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
    }

    /// Connections that ended with this kind of reason.
    pub fn ended(&self, kind: EndKind) -> u64 {
        let count = self.ended.get(kind as usize);
        count.map_or(0, |count| count.load(Ordering::Relaxed))
    }

    pub(super) fn add_end(&self, kind: EndKind) {
        if let Some(count) = self.ended.get(kind as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Adds the counts of `other` to this one's.
    pub fn absorb(&self, other: &Traffic) {
        self.upstream.absorb(&other.upstream);
        self.downstream.absorb(&other.downstream);
        self.connections
            .fetch_add(other.connections(), Ordering::Relaxed);
        self.accepted.fetch_add(other.accepted(), Ordering::Relaxed);
        for (count, other) in self.ended.iter().zip(&other.ended) {
            count.fetch_add(other.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// The counts of one connection that carried `bytes` in each direction.
    #[cfg(test)]
    pub fn of(bytes: u64) -> Self {
        let flow = || Flow {
            received: bytes.into(),
            sent: bytes.into(),
        };
        Traffic {
            upstream: flow(),
            downstream: flow(),
            connections: 1.into(),
            accepted: 1.into(),
            ended: Default::default(),
        }
    }

    /// Connections that reached the upstream.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    pub(super) fn add_connection(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// The counts of one direction.
    pub fn towards(&self, direction: Direction) -> &Flow {
        direction.pick(&self.upstream, &self.downstream)
    }
}
