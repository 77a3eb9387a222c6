//! One connection through a proxy: dial the upstream, run both links, end both sides.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};

use super::budget::Budget;
use super::chain::Member;
use super::clock::{Clock, Wait};
use super::complaints::Complaints;
use super::connections::{CloseMode, ConnectionHandle, ConnectionTable};
use super::context::LinkContext;
use super::delivery;
use super::dial::{Dial, Dialled, Dialler};
use super::event::LinkEvent;
use super::fd_limit::FdPermit;
use super::flow::Traffic;
use super::link::{Link, Plans};
use super::reason::Reason;
use super::socket::{DELIVERY_LIMIT, Peer};
use crate::engine::{Direction, Ending, Moment, Pipeline, Plan};

/// How long a connection lives on for bytes in flight when one of its peers has reset it.
pub const ORPHAN_LIMIT: Duration = DELIVERY_LIMIT;

/// What all connections of a running proxy share.
#[derive(Debug)]
pub(super) struct Route {
    /// As a link of chains of proxies.
    pub(super) member: Member,
    pub(super) proxy: String,
    pub(super) upstream: String,
    pub(super) traffic: Arc<Traffic>,
    pub(super) budget: Budget,
    pub(super) dialler: Dialler,
    pub(super) connections: Arc<ConnectionTable>,
    /// One for each connection that there may be.
    pub(super) permits: Semaphore,
    pub(super) complaints: Complaints,
}

impl Route {
    pub(super) fn clock(&self) -> &Clock {
        &self.dialler.clock
    }
}

/// A connection for as long as it is there, and what it leaves behind.
#[derive(Debug)]
pub(super) struct ConnectionGuard {
    pub(super) route: Arc<Route>,
    pub(super) handle: Arc<ConnectionHandle>,
    /// Why it ends, as far as that is known.
    pub(super) reason: Mutex<Option<Reason>>,
    pub(super) _alive: watch::Receiver<()>,
}

impl ConnectionGuard {
    fn reason(&self) -> MutexGuard<'_, Option<Reason>> {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something happened that may be why the connection ends, if it is the first.
    fn suspect(&self, reason: Reason) {
        self.reason().get_or_insert(reason);
    }

    /// This is why the connection ends, whatever came first.
    fn blame(&self, reason: Reason) {
        *self.reason() = Some(reason);
    }
}

impl Drop for ConnectionGuard {
    /// A defect in one connection ends this one alone: its sockets are closed as it is unwound, with
    /// the presence among the last.
    fn drop(&mut self) {
        self.route.permits.add_permits(1);
        let mut reason = self.reason().take().unwrap_or(Reason::Stopped);
        if std::thread::panicking() {
            reason = Reason::Defect;
            self.route.complaints.broken(&self.route, &self.handle);
        }
        self.route.traffic.add_end(reason.kind());
        self.route.connections.dismiss(&self.handle, &reason);
    }
}

/// Serves a client that was accepted, until both sides ended.
pub(super) fn serve(
    client: TcpStream,
    [permit, other]: [FdPermit; 2],
    guard: ConnectionGuard,
    mut plans: Plans,
) -> impl Future<Output = ()> + Send {
    let client = Peer::accepted(client, permit);
    // A block and not an async function, which would hold its arguments twice.
    async move {
        // The toxics that the connection meets are those of now: if one is removed while the
        // upstream is dialled, the connection was under it and shares what that does.
        let plan = Arc::clone(&plans.borrow_and_update());
        // In a box, because a connection keeps room for the largest of its states.
        let (upstream, _link) = match Box::pin(dial(&guard, &plan, &plans, other)).await {
            Ok(Dialled { peer, link, .. }) => (peer, link),
            Err(CloseMode::Fin) => return client.close(),
            Err(CloseMode::Rst) => return client.reset(),
        };
        let sides = (&client, &upstream);
        let mut pair = Pair::new(sides, &guard, (&plan, &plans));
        drop(plan);
        let mut how = pair.carry(&mut plans).await;
        let limit = pair.limit_of_delivery(how);
        drop(pair);
        if let Some(limit) = limit {
            how = Box::pin(delivery::before_reset(&guard, sides, &plans, limit)).await;
        }
        tracing::debug!(proxy = %guard.route.proxy, connection = guard.handle.connection,
            ?how, reason = ?guard.reason(), "connection ended");
        end(client, how);
        end(upstream, how);
    }
}

/// Dials until the proxy stops, or somebody ends the connection. If nothing comes of it, says how to
/// end the client.
async fn dial(
    guard: &ConnectionGuard,
    plan: &Plan,
    plans: &Plans,
    permit: FdPermit,
) -> Result<Dialled, CloseMode> {
    let (route, handle) = (&*guard.route, &guard.handle);
    let toxics = plan.upstream.len() + plan.downstream.len();
    if !route.budget.admits_connection(Plan::footprint(toxics)) {
        guard.blame(Reason::Refused);
        return Err(CloseMode::Rst);
    }
    let mut dial = Dial::new(&route.dialler, &handle.chain, Some(permit));
    let (reason, how) = tokio::select! {
        biased;
        () = stopped(plans) => (Reason::Stopped, CloseMode::Fin),
        how = handle.ordered() => (Reason::Killed, how),
        dialled = dial.run(&route.upstream) => match dialled {
            Ok(dialled) => {
                route.traffic.add_connection();
                route.connections.opened(handle, dialled.address, plan);
                return Ok(dialled);
            }
            Err(error) => {
                route.complaints.unreachable(route, handle, &error);
                (Reason::unreachable(&error.to_string()), CloseMode::Fin)
            }
        },
    };
    // It may have been accepted at the other end.
    dial.give_up();
    guard.blame(reason);
    Err(how)
}

/// Waits until the proxy stops.
pub(super) async fn stopped(plans: &Plans) {
    let mut plans = plans.clone();
    while plans.changed().await.is_ok() {}
}

/// Both directions of a connection.
struct Pair<'a> {
    up: Link<'a>,
    down: Link<'a>,
    clock: &'a Clock,
    guard: &'a ConnectionGuard,
    /// When to give up on bytes in flight.
    limit: Option<Wait<'a>>,
}

impl<'a> Pair<'a> {
    fn new(
        (client, upstream): (&'a Peer, &'a Peer),
        guard: &'a ConnectionGuard,
        (plan, plans): (&Plan, &Plans),
    ) -> Self {
        let (route, handle) = (&*guard.route, &*guard.handle);
        let clock = route.clock();
        let link = |from, to, direction| {
            let context = LinkContext {
                from,
                to,
                flow: route.traffic.towards(direction),
                handle,
                clock,
            };
            let pipeline = Pipeline::new(plan, direction, handle.identity(), clock.now());
            Link::new(context, &route.budget, plans.clone(), pipeline)
        };
        Pair {
            up: link(client, upstream, Direction::Upstream),
            down: link(upstream, client, Direction::Downstream),
            clock,
            guard,
            limit: None,
        }
    }

    /// Runs both links. Returns how the connection has to end.
    async fn carry(&mut self, plans: &mut Plans) -> Ending {
        loop {
            // One for both links, and for as long as the plan does not change.
            let mut changed = pin!(plans.changed());
            let over = poll_fn(|context| match self.poll(context) {
                Poll::Ready(how) => Poll::Ready(Some(how)),
                Poll::Pending => changed.as_mut().poll(context).map(|_| None),
            });
            if let Some(how) = over.await {
                if let Some(toxic) = self.up.culprit().or(self.down.culprit()) {
                    self.guard.blame(Reason::Toxic(Arc::clone(toxic)));
                }
                return how;
            }
        }
    }

    /// Until when a reset waits for the delivery of what was sent before it: that of a peer does,
    /// one that a toxic or somebody asked for does not.
    fn limit_of_delivery(&self, how: Ending) -> Option<Moment> {
        let asked_for = matches!(
            *self.guard.reason(),
            Some(Reason::Toxic(_) | Reason::Killed)
        );
        let limit = self.limit.as_ref().map(Wait::moment);
        (how == Ending::Reset && !asked_for)
            .then(|| limit.unwrap_or_else(|| self.clock.now() + ORPHAN_LIMIT))
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Ending> {
        if let Some(how) = self.guard.handle.order(context.waker()) {
            self.guard.blame(Reason::Killed);
            return Poll::Ready(match how {
                CloseMode::Fin => Ending::Cut,
                CloseMode::Rst => Ending::Reset,
            });
        }
        let mut asleep = false;
        while !asleep {
            asleep = true;
            for direction in [Direction::Upstream, Direction::Downstream] {
                let (link, other) = match direction {
                    Direction::Upstream => (&mut self.up, &self.down),
                    Direction::Downstream => (&mut self.down, &self.up),
                };
                if link.is_lost() {
                    continue;
                }
                let Poll::Ready(event) = link.poll(context) else {
                    continue;
                };
                asleep = false;
                match event {
                    LinkEvent::Stopped => self.guard.blame(Reason::Stopped),
                    event => self.guard.suspect(reason(event, direction)),
                }
                if let Some(how) = verdict(event, link, other) {
                    return Poll::Ready(how);
                }
                if event != LinkEvent::Ended(Ending::Eof) && self.limit.is_none() {
                    let at = self.clock.now() + ORPHAN_LIMIT;
                    self.limit = Some(self.clock.wait_until(at));
                }
            }
        }
        match &mut self.limit {
            // What the lost peer had sent before has had its time.
            Some(limit) => Pin::new(limit).poll(context).map(|()| Ending::Reset),
            None => Poll::Pending,
        }
    }
}

/// Why a connection ends, if this is the first that happened to it.
fn reason(event: LinkEvent, direction: Direction) -> Reason {
    let of_client = match event {
        LinkEvent::Stopped => return Reason::Stopped,
        LinkEvent::ReceiverGone => direction == Direction::Downstream,
        LinkEvent::SenderGone | LinkEvent::Ended(_) => direction == Direction::Upstream,
    };
    let orderly = event == LinkEvent::Ended(Ending::Eof);
    match (of_client, orderly) {
        (true, true) => Reason::ClientClosed,
        (true, false) => Reason::ClientReset,
        (false, true) => Reason::UpstreamClosed,
        (false, false) => Reason::UpstreamReset,
    }
}

/// How the connection ends because of what a link met, if it does.
fn verdict(event: LinkEvent, link: &Link<'_>, other: &Link<'_>) -> Option<Ending> {
    match event {
        LinkEvent::Stopped => Some(Ending::Cut),
        LinkEvent::Ended(Ending::Eof) if other.is_lost() => Some(Ending::Reset),
        LinkEvent::Ended(Ending::Eof) if !other.has_ended() => None,
        LinkEvent::Ended(ending) => Some(ending),
        LinkEvent::SenderGone if link.has_ended() => Some(Ending::Reset),
        LinkEvent::ReceiverGone if other.is_lost() || other.has_ended() => Some(Ending::Reset),
        // What the lost peer had sent before may still be on its way.
        LinkEvent::ReceiverGone | LinkEvent::SenderGone => None,
    }
}

fn end(peer: Peer, how: Ending) {
    match how {
        Ending::Reset => peer.reset(),
        Ending::Cut => peer.cut(),
        Ending::Eof | Ending::Close => peer.close(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection costs this, two registrations of its sockets and what tokio adds to a task.
    const CEILING: usize = 1024;

    #[test]
    fn a_connection_is_small() {
        assert!(size_of::<Link<'_>>() <= 352, "{}", size_of::<Link<'_>>());
        let size = size_of_output(serve);
        assert!(size <= CEILING, "{size}");
    }

    fn size_of_output<A, B, C, D, F>(_: impl Fn(A, B, C, D) -> F) -> usize {
        size_of::<F>()
    }
}
