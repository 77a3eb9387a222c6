//! One connection through a proxy: dial the upstream, run both links, end both sides.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};

use super::budget::Budget;
use super::clock::{Clock, Wait};
use super::descriptors::Seat;
use super::dial::{Attempt, DialError};
use super::event::LinkEvent;
use super::flow::Traffic;
use super::link::{Bench, Link, Plans};
use super::socket::Peer;
use crate::engine::{Direction, Ending, Pipeline, Plan};

/// How long a connection lives on for bytes in flight when one of its peers has reset it.
pub const ORPHAN_LIMIT: Duration = Duration::from_secs(10);

/// What all connections of a running proxy share.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) proxy: String,
    pub(super) upstream: String,
    pub(super) traffic: Arc<Traffic>,
    pub(super) budget: Budget,
    pub(super) clock: Clock,
    /// One for each connection that there may be.
    pub(super) places: Semaphore,
}

/// A connection for as long as it is there, and what it leaves behind.
#[derive(Debug)]
pub(super) struct Presence {
    pub(super) route: Arc<Route>,
    /// It was accepted as this one of its proxy.
    pub(super) connection: u64,
    pub(super) _alive: watch::Receiver<()>,
}

impl Drop for Presence {
    /// A defect in one connection ends this one alone: its sockets are closed as it is unwound, with
    /// the presence among the last.
    fn drop(&mut self) {
        self.route.places.add_permits(1);
        if std::thread::panicking() {
            self.route.traffic.add_breakdown();
            tracing::error!(proxy = %self.route.proxy, connection = self.connection,
                "a connection broke down and is closed; please report this");
        }
    }
}

/// Serves a client that was accepted, until both sides ended.
pub(super) fn serve(
    client: TcpStream,
    [seat, other]: [Seat; 2],
    presence: Presence,
    mut plans: Plans,
) -> impl Future<Output = ()> + Send {
    let client = Peer::accepted(client, seat);
    // A block and not an async function, which would hold its arguments twice.
    async move {
        let (route, connection) = (&*presence.route, presence.connection);
        // The toxics that the connection meets are those of now: if one is removed while the
        // upstream is dialled, the connection was under it and shares what that does.
        let plan = Arc::clone(&plans.borrow_and_update());
        // In a box, because a connection keeps room for the largest of its states.
        let upstream = match Box::pin(dial(route, &plans, other)).await {
            Some(Ok(upstream)) => upstream,
            Some(Err(error)) => {
                tracing::warn!(proxy = %route.proxy, upstream = %route.upstream, connection, %error,
                    "the upstream cannot be reached; the client is closed");
                return client.close();
            }
            None => return client.close(),
        };
        route.traffic.add_connection();
        let sides = (&client, &upstream);
        let mut pair = Pair::new(sides, route, (&plan, &plans), connection);
        drop(plan);
        let how = pair.carry(&mut plans).await;
        drop(pair);
        tracing::debug!(proxy = %route.proxy, connection, ?how, "connection ended");
        end(client, upstream, how);
    }
}

/// Dials until the proxy stops.
async fn dial(route: &Route, plans: &Plans, seat: Seat) -> Option<Result<Peer, DialError>> {
    let mut attempt = Attempt::new(seat);
    tokio::select! {
        biased;
        () = stopped(plans) => {
            // It may have been accepted at the other end.
            attempt.give_up();
            None
        }
        dialled = attempt.dial(&route.upstream, &route.clock) => Some(dialled),
    }
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
    /// When to give up on bytes in flight.
    limit: Option<Wait<'a>>,
}

impl<'a> Pair<'a> {
    fn new(
        (client, upstream): (&'a Peer, &'a Peer),
        route: &'a Route,
        (plan, plans): (&Plan, &Plans),
        connection: u64,
    ) -> Self {
        let clock = &route.clock;
        let link = |from, to, direction| {
            let bench = Bench {
                from,
                to,
                flow: route.traffic.towards(direction),
                clock,
            };
            let pipeline = Pipeline::new(plan, direction, connection, clock.now());
            Link::new(bench, &route.budget, plans.clone(), pipeline)
        };
        Pair {
            up: link(client, upstream, Direction::Upstream),
            down: link(upstream, client, Direction::Downstream),
            clock,
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
                return how;
            }
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Ending> {
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

fn end(client: Peer, upstream: Peer, how: Ending) {
    if how == Ending::Reset {
        client.reset();
        upstream.reset();
    } else {
        client.close();
        upstream.close();
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
