//! A proxy's network side: starts it, publishes plans to it, and stops it.

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
    /// The upstream as it is written in the proxy, for logs and answers.
    pub upstream: String,
    /// The address of the upstream, in the syntax of Go's `net.Dial`. It is looked up for every
    /// connection.
    pub address: String,
    /// Let connections run while their upstream is still being dialled, if the plan has an
    /// interceptor. It is told if the upstream cannot be reached, and answers in its place.
    pub defers_dial: bool,
    /// Counts bytes.
    pub traffic: Arc<Traffic>,
    /// Counts and lists connections. Random draws depend on the count.
    pub connections: Arc<ConnectionTable>,
    /// The threads that run the connections.
    pub workers: Workers,
    /// Limits how many bytes may wait.
    pub budget: Budget,
    /// The most connections at a time; further ones wait in the accept queue.
    pub max_connections: usize,
}

/// A proxy that accepts connections. Dropping it also stops it, without waiting.
#[derive(Debug)]
pub struct Running {
    /// `None` while connections are drained.
    listener: Option<Arc<Listener>>,
    accepting: AbortHandle,
    plans: watch::Sender<Arc<Plan>>,
    /// Closed when the last task of this proxy has ended.
    ended: watch::Sender<()>,
    /// Keeps the worker threads running for as long as this proxy exists.
    workers: Workers,
}

impl Running {
    /// Starts to accept. `certain` is called once nothing can fail any more, before the first
    /// connection is accepted. Errors: file descriptors have run out; then nothing listens.
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
                address: setup.address,
                defers_dial: setup.defers_dial,
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

    /// Another handle of the listening socket, for a proxy that replaces this one. Errors: file
    /// descriptors have run out.
    pub fn clone_bound(&self) -> io::Result<Bound> {
        let listener = self.listener.as_ref();
        let listener = listener.ok_or(io::ErrorKind::NotConnected)?;
        Bound::of(listener.duplicate()?)
    }

    /// Closes the listener. The future completes when all connections have ended on their own.
    pub fn drain(&mut self) -> impl Future<Output = ()> + Send + use<> {
        self.accepting.abort();
        self.listener = None;
        let ended = self.ended.clone();
        async move { ended.closed().await }
    }

    /// The current plan of all connections.
    pub fn plan(&self) -> Arc<Plan> {
        Arc::clone(&self.plans.borrow())
    }

    /// Makes `plan` the plan of all connections. Every byte that arrives after this call is subject
    /// to it. Never waits.
    pub fn publish(&self, plan: Arc<Plan>) {
        self.plans.send_replace(plan);
    }

    /// Closes the listener and ends all connections. When it returns, nothing listens and every
    /// peer has been sent its FIN or RST. Sockets that were ended with FIN may be read for up to a
    /// second more, so that bytes a peer was still sending cause no RST. It waits only for our own
    /// tasks, never for a peer.
    pub async fn stop(self) {
        drop(self.plans);
        drop(self.listener);
        self.ended.closed().await;
    }

    /// Stops, and reserves the address where the system supports it. Other handles of the listening
    /// socket stop listening too.
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
