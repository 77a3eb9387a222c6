//! A test rig: a connection between two in-memory streams, whose far ends belong to the test.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::Instant;

use super::remote::Remote;
use crate::engine::{Chunk, DrawKey, Outlet, Plan, PlannedToxic, Toxic};
use crate::net::budget::Budget;
use crate::net::built_in::{BuiltIn, UpstreamAddress};
use crate::net::clock::Clock;
use crate::net::connection::guard::ConnectionGuard;
use crate::net::connection::{carry, deferred, part, run};
use crate::net::connection_log::ConnectionLog;
use crate::net::connections::{ConnectionHandle, ConnectionTable, Watcher};
use crate::net::dial::{DialError, Dialled, Dialler};
use crate::net::fd_limit::FdLimit;
use crate::net::flow::Traffic;
use crate::net::lookup::Lookups;
use crate::net::loop_detection::LoopDetector;
use crate::net::peer::Peer;
use crate::net::plans::Plans;
use crate::net::proxy_context::ProxyContext;
use crate::net::reason::Reason;
use crate::net::transport::Stream;
use crate::net::transport::built_in::BuiltInStream;
use crate::net::transport::memory::{MemoryStream, pair};

/// Bytes that each stream buffers for its receiver and its sender.
pub(super) const WINDOW: usize = 8 * 1024;
pub(super) const SEND_BUFFER: usize = 8 * 1024;
/// The limit on bytes buffered in each direction.
pub(super) const LINK_LIMIT: usize = 64 * 1024;

/// Delays all data by this much.
#[derive(Debug)]
struct Latency(Duration);

impl Toxic for Latency {
    type Memory = ();

    fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
        out.send_at(chunk.arrived + self.0, chunk);
    }
}

pub(super) fn latency(delay: Duration) -> Arc<PlannedToxic> {
    PlannedToxic::new(1, "late", DrawKey::of_seed(1), Arc::new(Latency(delay))).into()
}

/// Passes this many bytes, then ends its direction with `Eof`.
#[derive(Debug)]
struct HalfClose(usize);

impl Toxic for HalfClose {
    type Memory = ();

    fn on_data(&self, (): &mut (), mut chunk: Chunk, out: &mut Outlet<'_>) {
        out.send(chunk.split_to(self.0));
        out.end(crate::engine::Ending::Eof);
    }
}

/// Half-closes once it has passed this many bytes of the first chunk.
pub(super) fn half_close_after(bytes: usize) -> Arc<PlannedToxic> {
    let toxic = Arc::new(HalfClose(bytes));
    PlannedToxic::new(1, "stop", DrawKey::of_seed(1), toxic).into()
}

/// A plan with at most one toxic in each direction.
pub(super) fn plan(up: Option<Arc<PlannedToxic>>, down: Option<Arc<PlannedToxic>>) -> Plan {
    let mut plan = Plan::default();
    plan.upstream.extend(up);
    plan.downstream.extend(down);
    plan
}

/// Records why the connection ended.
#[derive(Debug, Default)]
struct Ending {
    reason: Mutex<Option<Reason>>,
    ended: Notify,
}

impl Watcher for Ending {
    fn opened(&self, _: &Arc<ConnectionHandle>, _: Vec<Arc<str>>) {}

    fn ended(&self, _: &ConnectionHandle, reason: &Reason) {
        *self.reason.lock() = Some(reason.clone());
        self.ended.notify_one();
    }
}

pub(super) struct Rig {
    ends: Option<(Remote, Remote)>,
    plans: Option<watch::Sender<Arc<Plan>>>,
    ending: Arc<Ending>,
    start: Instant,
    pub(super) connections: Arc<ConnectionTable>,
    pub(super) handle: Arc<ConnectionHandle>,
}

impl Rig {
    pub(super) fn new(plan: Plan) -> Self {
        Rig::between(plan, pair(WINDOW, SEND_BUFFER))
    }

    /// A rig whose client stream owes a write after each read, as TLS may.
    pub(super) fn owing_writes(plan: Plan) -> Self {
        let (near, far) = pair(WINDOW, SEND_BUFFER);
        near.owe_a_write_after_each_read();
        Rig::between(plan, (near, far))
    }

    /// A rig whose upstream is built in. The test's end of the upstream is connected to nothing.
    pub(super) fn of_built_in(plan: Plan, built_in: BuiltIn) -> Self {
        let upstream = BuiltInStream::new(built_in).into();
        let (nothing, _) = pair(WINDOW, SEND_BUFFER);
        Rig::of_peers(plan, pair(WINDOW, SEND_BUFFER), (upstream, nothing))
    }

    fn between(plan: Plan, client: (MemoryStream, MemoryStream)) -> Self {
        let (near_upstream, upstream) = pair(WINDOW, SEND_BUFFER);
        Rig::of_peers(plan, client, (Stream::Memory(near_upstream), upstream))
    }

    fn of_peers(
        plan: Plan,
        (near_client, client): (MemoryStream, MemoryStream),
        (near_upstream, upstream): (Stream, MemoryStream),
    ) -> Self {
        let near = (
            Peer::new(Stream::Memory(near_client), None),
            Peer::new(near_upstream, None),
        );
        let ends = (client, upstream);
        Rig::spawn(plan, "", ends, async move |guard, plan, mut plans| {
            let lifecycle = carry((&near.0, &near.1), &guard, plan, &mut plans).await;
            part(near, &lifecycle);
        })
    }

    /// A rig whose upstream is dialled while the connection runs. The dial takes this long (`None`: for
    /// ever), and then fails if there is an error.
    pub(super) fn dialling(plan: Plan, time: Option<Duration>, error: Option<DialError>) -> Self {
        let (near_client, client) = pair(WINDOW, SEND_BUFFER);
        let (near_upstream, upstream) = pair(WINDOW, SEND_BUFFER);
        let near_client = Peer::new(Stream::Memory(near_client), None);
        let dialling = async move {
            match time {
                Some(time) => tokio::time::sleep(time).await,
                None => std::future::pending().await,
            }
            error.map_or_else(
                || {
                    Ok(Dialled {
                        peer: Peer::new(Stream::Memory(near_upstream), None),
                        address: UpstreamAddress::BuiltIn(BuiltIn::Silent),
                        registration: None,
                    })
                },
                Err,
            )
        };
        Rig::spawn(
            plan,
            "",
            (client, upstream),
            async move |guard, plan, mut plans| {
                deferred::serve(near_client, dialling, &guard, plan, &mut plans).await;
            },
        )
    }

    /// A rig from the moment when a client is accepted. The upstream is built in, and the test's end of
    /// it is connected to nothing.
    pub(super) fn accepted(plan: Plan, upstream: BuiltIn) -> Self {
        let (near_client, client) = pair(WINDOW, SEND_BUFFER);
        let (nothing, _) = pair(WINDOW, SEND_BUFFER);
        let near_client = Peer::new(Stream::Memory(near_client), None);
        let ends = (client, nothing);
        Rig::spawn(plan, &upstream.to_string(), ends, |guard, _, plans| {
            run(near_client, None, guard, plans)
        })
    }

    fn spawn<F: Future<Output = ()> + Send + 'static>(
        plan: Plan,
        address: &str,
        (client, upstream): (MemoryStream, MemoryStream),
        serve: impl FnOnce(ConnectionGuard, Arc<Plan>, Plans) -> F,
    ) -> Self {
        let plan = Arc::new(plan);
        let (plans, receiver) = watch::channel(Arc::clone(&plan));
        let ending = Arc::new(Ending::default());
        let connections = Arc::new(ConnectionTable::new(Some(Arc::clone(&ending) as _)));
        let handle = connections.admit(([127, 0, 0, 1], 1).into(), Arc::from([1]));
        let guard = ConnectionGuard::new(
            Arc::new(context(Arc::clone(&connections), address)),
            Arc::clone(&handle),
            watch::channel(()).1,
        );
        tokio::spawn(serve(guard, plan, receiver));
        Rig {
            ends: Some((
                Remote(Stream::Memory(client)),
                Remote(Stream::Memory(upstream)),
            )),
            plans: Some(plans),
            ending,
            start: Instant::now(),
            connections,
            handle,
        }
    }

    /// Takes the test's ends: the client and the upstream.
    pub(super) fn take_ends(&mut self) -> (Remote, Remote) {
        self.ends.take().unwrap()
    }

    pub(super) fn publish(&self, plan: Plan) {
        let plans = self.plans.as_ref().unwrap();
        plans.send_replace(Arc::new(plan));
    }

    /// Stops the proxy.
    pub(super) fn stop(&mut self) {
        self.plans = None;
    }

    /// Lets the connection run until it is idle.
    pub(super) async fn settle(&self) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ending.reason.lock().is_some()
    }

    /// Waits until the connection has ended, and returns why.
    pub(super) async fn reason(&self) -> Reason {
        while !self.has_ended() {
            self.ending.ended.notified().await;
        }
        self.ending.reason.lock().clone().unwrap()
    }

    /// Virtual time since the connection began.
    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

fn context(connections: Arc<ConnectionTable>, upstream: &str) -> ProxyContext {
    let loop_detector = LoopDetector::default();
    ProxyContext {
        member: loop_detector.add_proxy(1),
        upstream: upstream.to_owned(),
        address: upstream.to_owned(),
        defers_dial: true,
        traffic: Arc::new(Traffic::default()),
        budget: Budget::new(LINK_LIMIT, usize::MAX / 2),
        dialler: Dialler {
            lookups: Lookups::new(16),
            fd_limit: FdLimit::of_process(),
            loop_detector,
            clock: Clock::in_virtual_time(),
        },
        connections,
        permits: Semaphore::new(0),
        log: ConnectionLog::new("memory".to_owned(), String::new()),
    }
}
