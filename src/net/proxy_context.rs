//! What all connections of a running proxy share.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::budget::Budget;
use super::clock::Clock;
use super::connection_log::ConnectionLog;
use super::connections::ConnectionTable;
use super::dial::Dialler;
use super::flow::Traffic;
use super::loop_detection::LoopMember;

/// What all connections of a running proxy share.
#[derive(Debug)]
pub(super) struct ProxyContext {
    pub(super) member: LoopMember,
    /// The upstream as it is written in the proxy.
    pub(super) upstream: String,
    /// The address to dial.
    pub(super) address: String,
    /// Whether connections run while their upstream is being dialled, if there is an interceptor.
    pub(super) defers_dial: bool,
    pub(super) traffic: Arc<Traffic>,
    pub(super) budget: Budget,
    pub(super) dialler: Dialler,
    pub(super) connections: Arc<ConnectionTable>,
    /// One permit for each connection that the proxy may have.
    pub(super) permits: Semaphore,
    pub(super) log: ConnectionLog,
}

impl ProxyContext {
    pub(super) fn clock(&self) -> &Clock {
        &self.dialler.clock
    }
}
