//! One connection through a proxy: dial the upstream, run both links, end both sides.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};

use super::bench::Bench;
use super::budget::Budget;
use super::chain::Member;
use super::clock::{Clock, Wait};
use super::complaints::Complaints;
use super::delivery;
use super::descriptors::Seat;
use super::dial::{Dial, Dialled, Dialler};
use super::event::LinkEvent;
use super::flow::Traffic;
use super::link::{Link, Plans};
use super::reason::Reason;
use super::roster::{How, Record, Roster};
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
    pub(super) roster: Arc<Roster>,
    /// One for each connection that there may be.
    pub(super) places: Semaphore,
    pub(super) complaints: Complaints,
}

impl Route {
    pub(super) fn clock(&self) -> &Clock {
        &self.dialler.clock
    }
}

/// A connection for as long as it is there, and what it leaves behind.
#[derive(Debug)]
pub(super) struct Presence {
    pub(super) route: Arc<Route>,
    pub(super) record: Arc<Record>,
    /// Why it ends, as far as that is known.
    pub(super) reason: Mutex<Option<Reason>>,
    pub(super) _alive: watch::Receiver<()>,
}

impl Presence {
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

impl Drop for Presence {
    /// A defect in one connection ends this one alone: its sockets are closed as it is unwound, with
    /// the presence among the last.
    fn drop(&mut self) {
        self.route.places.add_permits(1);
        let mut reason = self.reason().take().unwrap_or(Reason::Stopped);
        if std::thread::panicking() {
            reason = Reason::Defect;
            self.route.complaints.broken(&self.route, &self.record);
        }
        self.route.traffic.add_end(reason.kind());
        self.route.roster.dismiss(&self.record, &reason);
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
        // The toxics that the connection meets are those of now: if one is removed while the
        // upstream is dialled, the connection was under it and shares what that does.
        let plan = Arc::clone(&plans.borrow_and_update());
        // In a box, because a connection keeps room for the largest of its states.
        let (upstream, _link) = match Box::pin(dial(&presence, &plan, &plans, other)).await {
            Ok(Dialled { peer, link, .. }) => (peer, link),
            Err(How::Fin) => return client.close(),
            Err(How::Rst) => return client.reset(),
        };
        let sides = (&client, &upstream);
        let mut pair = Pair::new(sides, &presence, (&plan, &plans));
        drop(plan);
        let mut how = pair.carry(&mut plans).await;
        let limit = pair.limit_of_delivery(how);
        drop(pair);
        if let Some(limit) = limit {
            how = Box::pin(delivery::before_reset(&presence, sides, &plans, limit)).await;
        }
        tracing::debug!(proxy = %presence.route.proxy, connection = presence.record.connection,
            ?how, reason = ?presence.reason(), "connection ended");
        end(client, how);
        end(upstream, how);
    }
}

/// Dials until the proxy stops, or somebody ends the connection. If nothing comes of it, says how to
/// end the client.
async fn dial(presence: &Presence, plan: &Plan, plans: &Plans, seat: Seat) -> Result<Dialled, How> {
    let (route, record) = (&*presence.route, &presence.record);
    let toxics = plan.upstream.len() + plan.downstream.len();
    if !route.budget.admits_connection(Plan::footprint(toxics)) {
        presence.blame(Reason::Refused);
        return Err(How::Rst);
    }
    let mut dial = Dial::new(&route.dialler, &record.chain, Some(seat));
    let (reason, how) = tokio::select! {
        biased;
        () = stopped(plans) => (Reason::Stopped, How::Fin),
        how = record.ordered() => (Reason::Killed, how),
        dialled = dial.run(&route.upstream) => match dialled {
            Ok(dialled) => {
                route.traffic.add_connection();
                route.roster.opened(record, dialled.address, plan);
                return Ok(dialled);
            }
            Err(error) => {
                route.complaints.unreachable(route, record, &error);
                (Reason::unreachable(&error.to_string()), How::Fin)
            }
        },
    };
    // It may have been accepted at the other end.
    dial.give_up();
    presence.blame(reason);
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
    presence: &'a Presence,
    /// When to give up on bytes in flight.
    limit: Option<Wait<'a>>,
}

impl<'a> Pair<'a> {
    fn new(
        (client, upstream): (&'a Peer, &'a Peer),
        presence: &'a Presence,
        (plan, plans): (&Plan, &Plans),
    ) -> Self {
        let (route, record) = (&*presence.route, &*presence.record);
        let clock = route.clock();
        let link = |from, to, direction| {
            let bench = Bench {
                from,
                to,
                flow: route.traffic.towards(direction),
                record,
                clock,
            };
            let pipeline = Pipeline::new(plan, direction, record.identity(), clock.now());
            Link::new(bench, &route.budget, plans.clone(), pipeline)
        };
        Pair {
            up: link(client, upstream, Direction::Upstream),
            down: link(upstream, client, Direction::Downstream),
            clock,
            presence,
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
                    self.presence.blame(Reason::Toxic(Arc::clone(toxic)));
                }
                return how;
            }
        }
    }

    /// Until when a reset waits for the delivery of what was sent before it: that of a peer does,
    /// one that a toxic or somebody asked for does not.
    fn limit_of_delivery(&self, how: Ending) -> Option<Moment> {
        let asked_for = matches!(
            *self.presence.reason(),
            Some(Reason::Toxic(_) | Reason::Killed)
        );
        let limit = self.limit.as_ref().map(Wait::moment);
        (how == Ending::Reset && !asked_for)
            .then(|| limit.unwrap_or_else(|| self.clock.now() + ORPHAN_LIMIT))
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Ending> {
        if let Some(how) = self.presence.record.order(context.waker()) {
            self.presence.blame(Reason::Killed);
            return Poll::Ready(match how {
                How::Fin => Ending::Cut,
                How::Rst => Ending::Reset,
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
                    LinkEvent::Stopped => self.presence.blame(Reason::Stopped),
                    event => self.presence.suspect(reason(event, direction)),
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
