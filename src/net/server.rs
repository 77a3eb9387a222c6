//! A proxy's network side as a thing that is started, told of plans, and stopped.

use std::io;
use std::sync::Arc;

use tokio::sync::{Semaphore, watch};
use tokio::task::AbortHandle;

use super::accept::Listener;
use super::budget::Budget;
use super::connection_log::ConnectionLog;
use super::connections::ConnectionTable;
use super::flow::Traffic;
use super::listener::{self, Acceptor, Bound};
use super::proxy_context::ProxyContext;
use super::reserve::Reserved;
use super::workers::Workers;
use crate::engine::Plan;

/// What a proxy's connections share.
#[derive(Debug)]
pub struct Setup {
    /// The proxy's name, for logs.
    pub proxy: String,
    /// The upstream address, as Go's `net.Dial` reads it; looked up for every connection.
    pub upstream: String,
    /// Where bytes are counted.
    pub traffic: Arc<Traffic>,
    /// Where connections are counted and shown; random choices depend on the count.
    pub connections: Arc<ConnectionTable>,
    /// Who carries the connections.
    pub workers: Workers,
    /// How many bytes may wait.
    pub budget: Budget,
    /// How many connections there may be at a time; more wait to be accepted.
    pub max_connections: usize,
}

/// A proxy that accepts connections. Dropping it stops it as well, without waiting.
#[derive(Debug)]
pub struct Running {
    /// None while connections are drained.
    listener: Option<Arc<Listener>>,
    accepting: AbortHandle,
    plans: watch::Sender<Arc<Plan>>,
    /// Closed when the last task of this proxy has ended.
    ended: watch::Sender<()>,
    /// Their threads last as long as this.
    workers: Workers,
}

impl Running {
    /// Begins to accept. `certain` is called when nothing can go wrong any more, and before the first
    /// connection is taken. Errors: file descriptors have run out; nobody listens then.
    pub fn start(
        bound: Bound,
        setup: Setup,
        plan: Arc<Plan>,
        certain: impl FnOnce(),
    ) -> io::Result<Self> {
        let (plans, receiver) = watch::channel(plan);
        let (ended, alive) = watch::channel(());
        let bound_port = bound.local().port();
        let listener = {
            let _inside = setup.workers.enter();
            Arc::new(Listener::new(bound.into_socket())?)
        };
        let dialler = setup.workers.dialler().clone();
        let member = dialler.loop_detector.add_proxy(bound_port);
        let acceptor = Acceptor {
            proxy: Arc::new(ProxyContext {
                member,
                log: ConnectionLog::new(setup.proxy, setup.upstream.clone()),
                upstream: setup.upstream,
                traffic: setup.traffic,
                budget: setup.budget,
                dialler,
                connections: setup.connections,
                permits: Semaphore::new(setup.max_connections.min(Semaphore::MAX_PERMITS)),
            }),
            plans: receiver,
            alive,
            _listening: setup.workers.fd_limit().of_listener(),
        };
        certain();
        let accepting = setup
            .workers
            .spawn(listener::accept_loop(Arc::clone(&listener), acceptor));
        Ok(Running {
            listener: Some(listener),
            accepting,
            plans,
            ended,
            workers: setup.workers,
        })
    }

    /// Another handle of the listening socket, to be handed over to whoever takes this proxy's
    /// place. Errors: file descriptors have run out.
    pub fn clone_bound(&self) -> io::Result<Bound> {
        let listener = self.listener.as_ref();
        let listener = listener.ok_or(io::ErrorKind::NotConnected)?;
        Bound::of(listener.duplicate()?)
    }

    /// Closes the listener. The future ends when the connections have ended by themselves.
    pub fn drain(&mut self) -> impl Future<Output = ()> + Send + use<> {
        self.accepting.abort();
        self.listener = None;
        let ended = self.ended.clone();
        async move { ended.closed().await }
    }

    /// The plan of all connections.
    pub fn plan(&self) -> Arc<Plan> {
        Arc::clone(&self.plans.borrow())
    }

    /// Makes `plan` the plan of all connections. Every byte that comes after this call meets it.
    /// Never waits.
    pub fn publish(&self, plan: Arc<Plan>) {
        self.plans.send_replace(plan);
    }

    /// Closes the listener and ends all connections: when it returns, nobody listens and every peer
    /// has been sent its FIN or RST. Sockets that were ended with FIN may read on for up to a second,
    /// so that what a peer was still sending brings no RST. Waits for our own tasks alone, never for
    /// a peer.
    pub async fn stop(self) {
        drop(self.plans);
        drop(self.listener);
        self.ended.closed().await;
    }

    /// Stops, and keeps the address where the system can do that. Other handles of the listening
    /// socket listen no more either.
    pub async fn stop_and_reserve(self) -> Option<Reserved> {
        drop(self.plans);
        let fd_limit = self.workers.fd_limit();
        let listener = self.listener.as_ref();
        let reserved = listener.and_then(|listener| Reserved::of(listener, fd_limit));
        drop(self.listener);
        self.ended.closed().await;
        reserved
    }
}
