//! A proxy's network side as a thing that is started, told of plans, and stopped.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::clock::Clock;
use super::flow::Traffic;
use super::listener::{self, Bound};
use super::session::Route;
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
    /// How many connections were accepted so far; random choices depend on it.
    pub ordinals: Arc<AtomicU64>,
    /// The clock.
    pub clock: Clock,
}

/// A proxy that accepts connections. Dropping it stops it as well, without waiting.
#[derive(Debug)]
pub struct Running {
    bound: Arc<Bound>,
    plans: watch::Sender<Arc<Plan>>,
    task: JoinHandle<()>,
}

impl Running {
    /// Begins to accept. Must be called inside a tokio runtime.
    pub fn start(bound: Bound, setup: Setup, plan: Arc<Plan>) -> Self {
        let (plans, receiver) = watch::channel(plan);
        let route = Route {
            proxy: setup.proxy,
            upstream: setup.upstream,
            traffic: setup.traffic,
            clock: setup.clock,
        };
        let bound = Arc::new(bound);
        let accepting = listener::accept_loop(
            Arc::clone(&bound),
            Arc::new(route),
            setup.ordinals,
            receiver,
        );
        Running {
            bound,
            plans,
            task: tokio::spawn(accepting),
        }
    }

    /// The listening socket, to be handed over to whoever takes this proxy's place.
    pub fn bound(&self) -> &Bound {
        &self.bound
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
        drop(self.bound);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "a listener broke down; please report this");
        }
    }
}
