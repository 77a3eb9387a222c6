//! One connection through a proxy: dial the upstream, run both links, end both sides.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;

use super::clock::Clock;
use super::dial::Attempt;
use super::flow::Traffic;
use super::link::{Link, LinkEvent, Plans};
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
    pub(super) clock: Clock,
}

/// Serves a client that was accepted as the `connection`-th of its proxy, until both sides ended.
pub(super) async fn serve(client: TcpStream, route: &Route, mut plans: Plans, connection: u64) {
    let client = Peer::new(client);
    // The toxics that the connection meets are those of now: if one is removed while the upstream
    // is dialled, the connection was under it and shares what that does.
    let plan = Arc::clone(&plans.borrow_and_update());
    let mut attempt = Attempt::default();
    let dialled = tokio::select! {
        biased;
        () = stopped(&plans) => {
            client.close();
            // It may have been accepted at the other end.
            return attempt.give_up();
        }
        dialled = attempt.dial(&route.upstream) => dialled,
    };
    match dialled {
        Ok(upstream) => {
            route.traffic.add_connection();
            let how = carry((&client, &upstream), route, (&plan, plans), connection).await;
            tracing::debug!(proxy = %route.proxy, connection, ?how, "connection ended");
            end(client, upstream, how);
        }
        Err(error) => {
            tracing::warn!(proxy = %route.proxy, upstream = %route.upstream, connection, %error,
                "the upstream cannot be reached; the client is closed");
            client.close();
        }
    }
}

/// Waits until the proxy stops.
async fn stopped(plans: &Plans) {
    let mut plans = plans.clone();
    while plans.changed().await.is_ok() {}
}

/// Runs both links. Returns how the connection has to end.
async fn carry(
    (client, upstream): (&Peer, &Peer),
    route: &Route,
    (plan, plans): (&Plan, Plans),
    connection: u64,
) -> Ending {
    let link = |peers, direction| {
        let flow = route.traffic.towards(direction);
        let pipeline = Pipeline::new(plan, direction, connection, route.clock.now());
        Link::new(peers, flow, &route.clock, plans.clone(), pipeline)
    };
    let mut up = link((client, upstream), Direction::Upstream);
    let mut down = link((upstream, client), Direction::Downstream);
    // When to give up on bytes in flight.
    let mut limit = None;
    loop {
        let orphaned = async {
            match limit {
                Some(at) => route.clock.wait_until(at).await,
                None => std::future::pending().await,
            }
        };
        let (event, link, other) = tokio::select! {
            event = up.run(), if !up.is_lost() => (event, &up, &down),
            event = down.run(), if !down.is_lost() => (event, &down, &up),
            () = orphaned => return Ending::Reset,
        };
        match event {
            LinkEvent::Stopped => return Ending::Cut,
            LinkEvent::Ended(Ending::Eof) if other.is_lost() => return Ending::Reset,
            LinkEvent::Ended(Ending::Eof) if !other.has_ended() => {}
            LinkEvent::Ended(ending) => return ending,
            LinkEvent::SenderGone if link.has_ended() => return Ending::Reset,
            // What the lost peer had sent before may still be on its way.
            LinkEvent::ReceiverGone if other.is_lost() || other.has_ended() => {
                return Ending::Reset;
            }
            LinkEvent::ReceiverGone | LinkEvent::SenderGone => {
                limit.get_or_insert(route.clock.now() + ORPHAN_LIMIT);
            }
        }
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
