//! One connection through a proxy: lets toxics act before the upstream is dialled, dials it, runs both
//! directions, closes both peers.
//!
//! It must not know when and how a connection ends: [`Lifecycle`]
//! decides that.

mod admission;
mod connect_phase;
mod deferred;
mod delivery;
pub(super) mod duplex;
pub(super) mod guard;

use std::future::Future;
use std::sync::Arc;

use tokio::net::TcpStream;

use super::connections::CloseMode;
use super::dial::{Dial, Dialled};
use super::fd_limit::FdPermit;
use super::lifecycle::Lifecycle;
use super::peer::Peer;
use super::plans::{Plans, stopped};
use super::reason::Reason;
use super::transport::tcp;
use crate::engine::{Direction, Plan};
use admission::admit;
use delivery::conclude;
use duplex::Duplex;
use guard::ConnectionGuard;

/// Serves an accepted client until the connection is over.
pub(super) fn serve(
    client: TcpStream,
    [permit, other]: [FdPermit; 2],
    guard: ConnectionGuard,
    plans: Plans,
) -> impl Future<Output = ()> + Send {
    tcp::set_accepted_options(&client);
    run(Peer::new(client, Some(permit)), Some(other), guard, plans)
}

/// Serves a client over any transport. `permit` is for the upstream's socket.
#[expect(
    clippy::manual_async_fn,
    reason = "an async function's future would store its arguments twice"
)]
fn run(
    client: Peer,
    permit: Option<FdPermit>,
    guard: ConnectionGuard,
    mut plans: Plans,
) -> impl Future<Output = ()> + Send {
    async move {
        // A connection is subject to the toxics in force when it was accepted, even if they are
        // removed while the upstream is being dialled.
        let plan = Arc::clone(&plans.borrow_and_update());
        if plan.interceptor.is_some() && guard.proxy().defers_dial {
            return Box::pin(deferred::run(client, permit, &guard, plan, &mut plans)).await;
        }
        // Boxed, because the future of a connection is as large as its largest state.
        let (upstream, _registration) =
            match Box::pin(dial((&guard, &client), &plan, &plans, permit)).await {
                Ok(Dialled {
                    peer, registration, ..
                }) => (peer, registration),
                Err(how) => return client.refuse(how),
            };
        let lifecycle = carry((&client, &upstream), &guard, plan, &mut plans).await;
        part((client, upstream), &lifecycle);
    }
}

/// Runs both directions of a connection until it is over.
fn carry<'a>(
    sides: (&'a Peer, &'a Peer),
    guard: &'a ConnectionGuard,
    plan: Arc<Plan>,
    plans: &'a mut Plans,
) -> impl Future<Output = Lifecycle> + Send + 'a {
    let mut duplex = Duplex::new(sides, guard, (&plan, plans));
    drop(plan);
    async move {
        duplex.run(plans).await;
        guard.set_reason(duplex.reason());
        conclude(duplex.into_lifecycle(), sides, guard, plans).await
    }
}

/// Closes both peers of a connection that is over.
fn part((client, upstream): (Peer, Peer), lifecycle: &Lifecycle) {
    client.part(lifecycle.farewell(Direction::Upstream));
    upstream.part(lifecycle.farewell(Direction::Downstream));
}

/// Dials the upstream, unless a toxic, a user or the end of the proxy ends the connection first. Errors:
/// how to close the client.
async fn dial(
    (guard, client): (&ConnectionGuard, &Peer),
    plan: &Plan,
    plans: &Plans,
    permit: Option<FdPermit>,
) -> Result<Dialled, CloseMode> {
    admit((guard, client), plan, plans).await?;
    let (proxy, handle) = (guard.proxy(), guard.handle());
    let mut dial = Dial::new(&proxy.dialler, &handle.hops, permit);
    let (reason, how) = tokio::select! {
        biased;
        () = stopped(plans) => (Reason::Stopped, CloseMode::Fin),
        how = handle.ordered() => (Reason::Killed, how),
        dialled = dial.run(&proxy.address) => match dialled {
            Ok(dialled) => {
                guard.reached(dialled.address, plan);
                return Ok(dialled);
            }
            Err(error) => {
                let then = "the client is closed";
                proxy.log.unreachable(handle, &error, then);
                (Reason::unreachable(&error.to_string()), CloseMode::Fin)
            }
        },
    };
    // The upstream may have accepted the connection already.
    dial.give_up();
    guard.set_reason(reason);
    Err(how)
}

#[cfg(test)]
mod tests;
