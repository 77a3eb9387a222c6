//! Who is connected: a record a connection, to be looked at and ended from outside.
//!
//! A connection writes its record, others read it; nobody waits for anybody. May know: `engine`.
//! Must not know: what looks.

use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::ops::Bound;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;
use parking_lot::{Mutex, MutexGuard};

use super::counters::ToxicCounters;
use super::loop_detection::Hops;
use super::reason::Reason;
use crate::engine::{Direction, Hits, Identity, Plan};

/// How to end a connection from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseMode {
    /// With FIN on both sides; what no socket has taken is given up.
    Fin,
    /// With RST on both sides.
    Rst,
}

/// Is told when connections open and end, by the tasks that carry them: it must be quick.
pub trait Watcher: fmt::Debug + Send + Sync {
    /// The upstream was reached. `toxics` are the names of those that apply.
    fn opened(&self, handle: &Arc<ConnectionHandle>, toxics: Vec<Arc<str>>);
    /// The connection is over, whether it was opened or not.
    fn ended(&self, handle: &ConnectionHandle, reason: &Reason);
}

/// What one direction of a connection has moved.
#[derive(Debug, Default)]
pub struct Meter {
    received: AtomicU64,
    sent: AtomicU64,
    queued: AtomicUsize,
}

impl Meter {
    /// Bytes read from the sending side.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Bytes that the receiving side's socket has taken.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Bytes that wait inside, a charge for bookkeeping included.
    pub fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    // One link writes each of them, so that a plain store will do.

    pub(super) fn add_received(&self, count: usize) {
        let before = self.received.load(Ordering::Relaxed);
        self.received
            .store(before + count as u64, Ordering::Relaxed);
    }

    pub(super) fn add_sent(&self, count: usize) {
        let before = self.sent.load(Ordering::Relaxed);
        self.sent.store(before + count as u64, Ordering::Relaxed);
    }

    pub(super) fn set_queued(&self, count: usize) {
        self.queued.store(count, Ordering::Relaxed);
    }
}

/// One connection.
#[derive(Debug)]
pub struct ConnectionHandle {
    /// It was accepted as this one of its proxy, counted from 1.
    pub connection: u64,
    /// Who opened it.
    pub client: SocketAddr,
    /// The proxies that it has come through, its own included.
    pub(super) hops: Hops,
    accepted: Instant,
    upstream: OnceLock<SocketAddr>,
    meters: [Meter; 2],
    pub(super) counters: ToxicCounters,
    order: AtomicU8,
    waker: AtomicWaker,
}

const NO_ORDER: u8 = 0;
const FIN: u8 = 1;
const RST: u8 = 2;

impl ConnectionHandle {
    pub(super) fn new(connection: u64, client: SocketAddr, hops: Hops) -> Self {
        ConnectionHandle {
            connection,
            client,
            hops,
            accepted: Instant::now(),
            upstream: OnceLock::new(),
            meters: Default::default(),
            counters: ToxicCounters::default(),
            order: AtomicU8::new(NO_ORDER),
            waker: AtomicWaker::new(),
        }
    }

    /// The address at which the upstream was reached; `None` while it is dialled.
    pub fn upstream(&self) -> Option<SocketAddr> {
        self.upstream.get().copied()
    }

    /// How long ago it was accepted.
    pub fn age(&self) -> Duration {
        self.accepted.elapsed()
    }

    /// What one direction has moved.
    pub fn meter(&self, direction: Direction) -> &Meter {
        let [up, down] = &self.meters;
        direction.pick(up, down)
    }

    /// What it is known by to scopes and random choices.
    pub fn identity(&self) -> Identity {
        Identity {
            connection: self.connection,
            client: Some(self.client.ip()),
        }
    }

    /// What each toxic did here, by the toxic's id.
    pub fn hits(&self) -> Vec<(u64, Hits)> {
        self.counters.hits()
    }

    /// What each toxic did here that did something, by the toxic's name.
    pub fn touched(&self) -> Vec<(Arc<str>, Hits)> {
        self.counters.touched()
    }

    /// Notes that the upstream was reached; returns the names of the toxics that apply.
    pub(super) fn reached(&self, upstream: SocketAddr, plan: &Plan) -> Vec<Arc<str>> {
        let _ = self.upstream.set(upstream);
        let directions = [Direction::Upstream, Direction::Downstream];
        let applying = directions.into_iter().flat_map(|direction| {
            let toxics = plan.towards(direction).iter();
            toxics.filter(move |toxic| toxic.applicability(self.identity(), direction).applies)
        });
        applying.map(|toxic| Arc::clone(&toxic.name)).collect()
    }

    /// How it shall end, if somebody has asked for that. Whoever asks later wakes `waker`.
    pub(super) fn order(&self, waker: &Waker) -> Option<CloseMode> {
        self.waker.register(waker);
        match self.order.load(Ordering::Acquire) {
            FIN => Some(CloseMode::Fin),
            RST => Some(CloseMode::Rst),
            _ => None,
        }
    }

    /// Waits until somebody asks for its end.
    pub(super) async fn ordered(&self) -> CloseMode {
        poll_fn(|context| match self.order(context.waker()) {
            Some(how) => Poll::Ready(how),
            None => Poll::Pending,
        })
        .await
    }

    fn end(&self, how: CloseMode) {
        let order = match how {
            CloseMode::Fin => FIN,
            CloseMode::Rst => RST,
        };
        self.order.store(order, Ordering::Release);
        self.waker.wake();
    }
}

/// The connections of a proxy.
#[derive(Debug, Default)]
pub struct ConnectionTable {
    records: Mutex<BTreeMap<u64, Arc<ConnectionHandle>>>,
    accepted: AtomicU64,
    watcher: Option<Arc<dyn Watcher>>,
}

impl ConnectionTable {
    /// No connections yet; `watcher` is told of those that come.
    pub fn new(watcher: Option<Arc<dyn Watcher>>) -> Self {
        ConnectionTable {
            watcher,
            ..ConnectionTable::default()
        }
    }

    fn records(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<ConnectionHandle>>> {
        self.records.lock()
    }

    /// How many connections were accepted so far.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// How many are there.
    pub fn open(&self) -> usize {
        self.records().len()
    }

    /// At most `most` of those that are there, in order, from behind the `after`-th accepted.
    pub fn list(&self, after: u64, most: usize) -> Vec<Arc<ConnectionHandle>> {
        let records = self.records();
        let later = records.range((Bound::Excluded(after), Bound::Unbounded));
        later
            .take(most)
            .map(|(_, handle)| Arc::clone(handle))
            .collect()
    }

    /// The `connection`-th accepted, if it is there.
    pub fn find(&self, connection: u64) -> Option<Arc<ConnectionHandle>> {
        self.records().get(&connection).cloned()
    }

    /// Ends a connection, in its own task and soon. Whether it is there.
    pub fn end(&self, connection: u64, how: CloseMode) -> bool {
        let handle = self.find(connection);
        handle.is_some_and(|handle| {
            handle.end(how);
            true
        })
    }

    /// The next connection.
    pub(super) fn admit(&self, client: SocketAddr, hops: Hops) -> Arc<ConnectionHandle> {
        let connection = self.accepted.fetch_add(1, Ordering::Relaxed) + 1;
        let handle = Arc::new(ConnectionHandle::new(connection, client, hops));
        self.records().insert(connection, Arc::clone(&handle));
        handle
    }

    pub(super) fn opened(&self, handle: &Arc<ConnectionHandle>, upstream: SocketAddr, plan: &Plan) {
        let toxics = handle.reached(upstream, plan);
        if let Some(watcher) = &self.watcher {
            watcher.opened(handle, toxics);
        }
    }

    pub(super) fn dismiss(&self, handle: &ConnectionHandle, reason: &Reason) {
        self.records().remove(&handle.connection);
        if let Some(watcher) = &self.watcher {
            watcher.ended(handle, reason);
        }
        // Whoever was told that it opened may keep the record, and that is to be small.
        handle.counters.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{DrawKey, PlannedToxic, Tally};

    #[test]
    fn a_record_that_is_kept_holds_on_to_no_toxics() {
        let connections = ConnectionTable::new(None);
        let handle = connections.admit("127.0.0.1:1".parse().unwrap(), Hops::from([]));
        let tally = Arc::new(Tally::default());
        let toxic = crate::toxics::Catalogue::default();
        let toxic = toxic.find("noop").unwrap().make::<i64>(&[]).unwrap();
        let toxic = Arc::new(PlannedToxic::new(7, "slow", DrawKey::of_seed(1), toxic));
        let shown = [(&toxic, &tally)];
        handle.counters.show(Direction::Upstream, shown.into_iter());
        assert_eq!(handle.hits(), [(7, Hits::default())]);
        connections.dismiss(&handle, &Reason::Stopped);
        assert_eq!((handle.hits(), Arc::strong_count(&tally)), (vec![], 1));
    }
}
