//! Live byte counts of one direction of a proxy.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::Direction;

/// Bytes of one direction, counted while connections are open.
#[derive(Debug, Default)]
pub struct Flow {
    received: AtomicU64,
    sent: AtomicU64,
}

impl Flow {
    /// Bytes read from the sending side.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Bytes that the receiving side's socket has taken.
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

/// Both directions of a proxy.
#[derive(Debug, Default)]
pub struct Traffic {
    /// To the upstream.
    pub upstream: Flow,
    /// To the client.
    pub downstream: Flow,
    connections: AtomicU64,
    breakdowns: AtomicU64,
}

impl Traffic {
    /// Connections that ended because of a defect of this program.
    pub fn breakdowns(&self) -> u64 {
        self.breakdowns.load(Ordering::Relaxed)
    }

    pub(super) fn add_breakdown(&self) {
        self.breakdowns.fetch_add(1, Ordering::Relaxed);
    }

    /// Adds the counts of others to these.
    pub fn absorb(&self, other: &Traffic) {
        self.upstream.absorb(&other.upstream);
        self.downstream.absorb(&other.downstream);
        self.connections
            .fetch_add(other.connections(), Ordering::Relaxed);
        self.breakdowns
            .fetch_add(other.breakdowns(), Ordering::Relaxed);
    }

    /// One connection that carried so many bytes each way.
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
            breakdowns: 0.into(),
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
        match direction {
            Direction::Upstream => &self.upstream,
            Direction::Downstream => &self.downstream,
        }
    }
}
