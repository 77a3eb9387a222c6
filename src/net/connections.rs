//! The connection table of a proxy: a handle per connection, to inspect it and to end it.
//!
//! A connection's task writes to its handle, and other tasks read it without blocking the
//! connection. May know: `engine`. Must not know: who reads the handles.

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

use super::built_in::UpstreamAddress;
use super::counters::ToxicCounters;
use super::loop_detection::Hops;
use super::reason::Reason;
use crate::engine::{Direction, Hits, Identity, Plan};

/// How to end a connection on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseMode {
    /// With FIN to both peers. Bytes that no socket has taken yet are dropped.
    Fin,
    /// With RST to both peers.
    Rst,
}

/// Observes connections as they open and end. The connections' own tasks call it, so it must not
/// block.
pub trait Watcher: fmt::Debug + Send + Sync {
    /// The upstream was reached. `toxics` are the names of the toxics that apply.
    fn opened(&self, handle: &Arc<ConnectionHandle>, toxics: Vec<Arc<str>>);
    /// The connection is over, whether the upstream was reached or not.
    fn ended(&self, handle: &ConnectionHandle, reason: &Reason);
}

/// Byte counts of one direction of a connection.
#[derive(Debug, Default)]
pub struct Meter {
    received: AtomicU64,
    sent: AtomicU64,
    queued: AtomicUsize,
}

impl Meter {
    /// Bytes read from the sending peer.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Bytes that the receiving peer's socket has taken.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Bytes buffered in the proxy, including a charge for bookkeeping.
    pub fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    // Only one link writes to a meter, so a plain store is enough.

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

/// One connection, as seen from outside its task.
#[derive(Debug)]
pub struct ConnectionHandle {
    /// The connection's number: its proxy counts accepted connections from 1.
    pub connection: u64,
    /// The client's address.
    pub client: SocketAddr,
    /// The proxies that the connection has come through, including its own.
    pub(super) hops: Hops,
    accepted: Instant,
    upstream: OnceLock<UpstreamAddress>,
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

    /// Where the upstream was reached; `None` until then.
    pub fn upstream(&self) -> Option<UpstreamAddress> {
        self.upstream.get().copied()
    }

    /// The time since the connection was accepted.
    pub fn age(&self) -> Duration {
        self.accepted.elapsed()
    }

    /// The byte counts of one direction.
    pub fn meter(&self, direction: Direction) -> &Meter {
        let [up, down] = &self.meters;
        direction.pick(up, down)
    }

    /// The properties that scopes match and random draws depend on.
    pub fn identity(&self) -> Identity {
        Identity {
            connection: self.connection,
            client: Some(self.client.ip()),
        }
    }

    /// What each current toxic did on this connection, by the toxic's id, and whether it waits for
    /// its trigger.
    pub fn hits(&self) -> Vec<(u64, Hits, bool)> {
        self.counters.hits()
    }

    /// What the interceptor shows about this connection, if there is one and it shows something. The
    /// interceptor's room says how to read it.
    pub fn published(&self) -> Option<u64> {
        self.counters.published()
    }

    /// What each toxic that touched this connection did, by the toxic's name.
    pub fn touched(&self) -> Vec<(Arc<str>, Hits)> {
        self.counters.touched()
    }

    /// Records that the upstream was reached. Returns the names of the toxics that apply.
    pub(super) fn reached(&self, upstream: UpstreamAddress, plan: &Plan) -> Vec<Arc<str>> {
        let _ = self.upstream.set(upstream);
        let directions = Direction::ALL;
        let applying = directions.into_iter().flat_map(|direction| {
            let toxics = plan.towards(direction).iter();
            let toxics = toxics.chain(plan.connecting(direction));
            toxics.filter(move |toxic| toxic.applicability(self.identity(), direction).applies)
        });
        applying.map(|toxic| Arc::clone(&toxic.name)).collect()
    }

    /// How to end the connection, if that was requested. A later request wakes `waker`.
    pub(super) fn order(&self, waker: &Waker) -> Option<CloseMode> {
        self.waker.register(waker);
        match self.order.load(Ordering::Acquire) {
            FIN => Some(CloseMode::Fin),
            RST => Some(CloseMode::Rst),
            _ => None,
        }
    }

    /// Waits for a request to end the connection.
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
    /// Creates an empty table. `watcher` observes the connections added to it.
    pub fn new(watcher: Option<Arc<dyn Watcher>>) -> Self {
        ConnectionTable {
            watcher,
            ..ConnectionTable::default()
        }
    }

    fn records(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<ConnectionHandle>>> {
        self.records.lock()
    }

    /// The number of connections accepted so far.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// The number of connections in the table.
    pub fn open(&self) -> usize {
        self.records().len()
    }

    /// Lists at most `most` connections in the order of their numbers, starting after number `after`.
    pub fn list(&self, after: u64, most: usize) -> Vec<Arc<ConnectionHandle>> {
        let records = self.records();
        let later = records.range((Bound::Excluded(after), Bound::Unbounded));
        later
            .take(most)
            .map(|(_, handle)| Arc::clone(handle))
            .collect()
    }

    /// The connection with this number, if it is in the table.
    pub fn find(&self, connection: u64) -> Option<Arc<ConnectionHandle>> {
        self.records().get(&connection).cloned()
    }

    /// Asks a connection's task to end it, without waiting. Returns whether it is in the table.
    pub fn end(&self, connection: u64, how: CloseMode) -> bool {
        let handle = self.find(connection);
        handle.is_some_and(|handle| {
            handle.end(how);
            true
        })
    }

    /// Adds an accepted connection to the table, under the next number.
    pub(super) fn admit(&self, client: SocketAddr, hops: Hops) -> Arc<ConnectionHandle> {
        let connection = self.accepted.fetch_add(1, Ordering::Relaxed) + 1;
        let handle = Arc::new(ConnectionHandle::new(connection, client, hops));
        self.records().insert(connection, Arc::clone(&handle));
        handle
    }

    pub(super) fn opened(
        &self,
        handle: &Arc<ConnectionHandle>,
        upstream: UpstreamAddress,
        plan: &Plan,
    ) {
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
        // The watcher may keep the handle, so free the memory that it no longer needs.
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
        assert_eq!(handle.hits(), [(7, Hits::default(), false)]);
        connections.dismiss(&handle, &Reason::Stopped);
        assert_eq!((handle.hits(), Arc::strong_count(&tally)), (vec![], 1));
    }
}
