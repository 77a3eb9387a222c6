//! What all operations share besides the proxies: immutable settings, and the services that proxies use.
//!
//! Must not know the proxies. It has no lock of its own; those of its services are named in the
//! lock order of [`control`](crate::control).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::events::log::EventLog;
use super::limits::Limits;
use super::profile::table::ProfileTable;
use super::rate_groups::RateGroups;
use super::session::table::SessionTable;
use super::traffic::TrafficTotals;
use crate::net::{Budget, TrimTask, Workers};
use crate::toxics::Catalogue;

/// How many expired toxics are remembered, over all proxies.
pub(super) const MAX_REMEMBERED: usize = 4096;

/// How a [`Control`](super::Control) behaves.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The seed of every random choice.
    pub seed: u64,
    /// Whether to refuse senseless values that Toxiproxy accepts.
    pub strict: bool,
    /// The worker threads for connections; without them, connections run on the current runtime.
    pub workers: Option<Workers>,
    /// The limits on buffered bytes.
    pub budget: Budget,
    /// The limits on the number of proxies, toxics and connections.
    pub limits: Limits,
    /// The known kinds of toxic.
    pub catalogue: Catalogue,
}

/// The settings and services of one [`Control`](super::Control).
#[derive(Debug)]
pub(super) struct Env {
    pub(super) seed: u64,
    pub(super) strict: bool,
    pub(super) workers: Workers,
    pub(super) budget: Budget,
    pub(super) limits: Limits,
    pub(super) catalogue: Catalogue,
    /// The runtime on which timers run.
    pub(super) runtime: Handle,
    pub(super) events: Arc<EventLog>,
    pub(super) sessions: SessionTable,
    pub(super) traffic: TrafficTotals,
    pub(super) rate_groups: RateGroups,
    pub(super) profiles: ProfileTable,
    /// Permits to remember expired toxics.
    pub(super) remembered: Arc<Semaphore>,
    ids: AtomicU64,
    _trim: TrimTask,
}

impl Env {
    /// Must be called inside a tokio runtime.
    pub(super) fn new(workers: Workers, options: Options) -> Self {
        Env {
            _trim: TrimTask::start(options.budget.clone(), &workers),
            seed: options.seed,
            strict: options.strict,
            workers,
            budget: options.budget,
            limits: options.limits,
            catalogue: options.catalogue,
            runtime: Handle::current(),
            events: Arc::default(),
            sessions: SessionTable::default(),
            traffic: TrafficTotals::default(),
            rate_groups: RateGroups::default(),
            profiles: ProfileTable::default(),
            remembered: Arc::new(Semaphore::new(MAX_REMEMBERED)),
            ids: AtomicU64::new(0),
        }
    }

    /// A new, unique id.
    pub(super) fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }
}
