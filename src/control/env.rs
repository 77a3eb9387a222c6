//! What all operations share apart from the proxies: settings that never change, and the services
//! that proxies use.
//!
//! Must not know the proxies. It has no lock of its own; those of its services are named in the
//! lock order of [`control`](crate::control).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::events::log::EventLog;
use super::limits::Limits;
use super::session::table::SessionTable;
use super::traffic::TrafficTotals;
use crate::net::{Budget, TrimTask, Workers};
use crate::toxics::Catalogue;

/// How many toxics that expired are remembered, of all proxies together.
pub(super) const MAX_REMEMBERED: usize = 4096;

/// How a [`Control`](super::Control) behaves.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The seed of every random choice.
    pub seed: u64,
    /// Refuse values that Toxiproxy accepts although they make no sense.
    pub strict: bool,
    /// The threads that carry the connections; without them, the runtime that the control is made in.
    pub workers: Option<Workers>,
    /// How many bytes may wait inside.
    pub budget: Budget,
    /// How many of a thing there may be.
    pub limits: Limits,
    /// The kinds of toxic that there are.
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
    /// Where timers run.
    pub(super) runtime: Handle,
    pub(super) events: Arc<EventLog>,
    pub(super) sessions: SessionTable,
    pub(super) traffic: TrafficTotals,
    /// Permits to remember a toxic that expired.
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
            remembered: Arc::new(Semaphore::new(MAX_REMEMBERED)),
            ids: AtomicU64::new(0),
        }
    }

    /// An id that was never used before.
    pub(super) fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }
}
