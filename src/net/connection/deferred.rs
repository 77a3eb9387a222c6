//! Runs a connection while its upstream is still being dialled, so that an interceptor can answer
//! without it: at once, and even if it is never reached.
//!
//! The links run between the client and a [`Deferred`] stream. When the dial ends, that stream is
//! settled. If it has failed, the interceptor is told and the connection goes on, as a client that
//! gets an answer can ask again. When the connection is over first, the dial is given up.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use super::admission::admit;
use super::delivery::conclude;
use super::duplex::Duplex;
use super::guard::ConnectionGuard;
use crate::engine::{Direction, Note, Plan, UpstreamUnreachable};
use crate::net::dial::{DialError, Dialled};
use crate::net::dialling::dial;
use crate::net::fd_limit::FdPermit;
use crate::net::lifecycle::Lifecycle;
use crate::net::loop_detection::Registration;
use crate::net::peer::Peer;
use crate::net::plans::Plans;
use crate::net::reason::Reason;
use crate::net::transport::deferred::Deferred;

/// What a dial has brought besides the stream. It must outlive the stream.
type Kept = (Option<FdPermit>, Option<Registration>);

/// What the end of a dial is.
type Outcome = Result<Dialled, DialError>;

/// Serves an accepted client until the connection is over. `permit` is for the upstream's socket.
pub(super) async fn run(
    client: Peer,
    permit: Option<FdPermit>,
    guard: &ConnectionGuard,
    plan: Arc<Plan>,
    plans: &mut Plans,
) {
    if let Err(how) = admit((guard, &client), &plan, plans).await {
        return client.refuse(how);
    }
    let (proxy, handle) = (guard.proxy(), guard.handle());
    let dialling = dial(&proxy.dialler, &handle.hops, permit, &proxy.address);
    serve(client, dialling, guard, plan, plans).await;
}

/// The same once toxics have let the client pass. `dialling` may be dropped before it ends.
pub(super) async fn serve(
    client: Peer,
    dialling: impl Future<Output = Outcome>,
    guard: &ConnectionGuard,
    plan: Arc<Plan>,
    plans: &mut Plans,
) {
    // Declared first, so that it is dropped last.
    let mut kept: Kept = (None, None);
    let upstream = Peer::new(Deferred::default(), None);
    let lifecycle = carry(
        (&client, &upstream),
        dialling,
        &mut kept,
        guard,
        plan,
        plans,
    )
    .await;
    client.part(lifecycle.farewell(Direction::Upstream));
    // Without a dialled stream there is nothing to close.
    if let Some(stream) = upstream.into_parts().0.into_dialled() {
        let upstream = Peer::new(stream, kept.0.take());
        upstream.part(lifecycle.farewell(Direction::Downstream));
    }
}

/// Runs both directions until the connection is over.
async fn carry(
    sides: (&Peer, &Peer),
    dialling: impl Future<Output = Outcome>,
    kept: &mut Kept,
    guard: &ConnectionGuard,
    plan: Arc<Plan>,
    plans: &mut Plans,
) -> Lifecycle {
    let mut duplex = Duplex::new(sides, guard, (&plan, plans));
    let failure = match while_dialling(&mut duplex, dialling, plans).await {
        None => None,
        Some(Ok(dialled)) => {
            *kept = settle(sides.1, dialled, guard, &plan);
            drop(plan);
            duplex.run(plans).await;
            None
        }
        Some(Err(error)) => {
            drop(plan);
            let reason = Reason::unreachable(&error.to_string());
            sides.1.stream.settle(None);
            match fail(&mut duplex, &error, guard, plans) {
                true => duplex.run(plans).await,
                // Without the interceptor, the client is closed as if the links had never run.
                false => {
                    guard.set_reason(reason.clone());
                    duplex.stop();
                }
            }
            Some(reason)
        }
    };
    let reason = match duplex.reason() {
        Reason::Toxic(name) if is_interceptor(plans, &name) => {
            failure.unwrap_or(Reason::Toxic(name))
        }
        reason => reason.or_failure(failure),
    };
    guard.set_reason(reason);
    conclude(duplex.into_lifecycle(), sides, guard, plans).await
}

/// Runs both directions until the dial has ended; `None` if the connection is over before that. The
/// links must be polled again after this.
async fn while_dialling(
    duplex: &mut Duplex<'_>,
    dialling: impl Future<Output = Outcome>,
    plans: &mut Plans,
) -> Option<Outcome> {
    let mut dialling = pin!(dialling);
    let mut running = pin!(duplex.run(plans));
    poll_fn(|context| match dialling.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending => running.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// The upstream was reached.
fn settle(upstream: &Peer, dialled: Dialled, guard: &ConnectionGuard, plan: &Plan) -> Kept {
    let (stream, permit) = dialled.peer.into_parts();
    upstream.stream.settle(Some(stream));
    guard.reached(dialled.address, plan);
    (permit, dialled.registration)
}

/// The upstream was not reached. Returns whether the interceptor has been told; if there is none
/// any more, the connection must end.
fn fail(
    duplex: &mut Duplex<'_>,
    error: &DialError,
    guard: &ConnectionGuard,
    plans: &Plans,
) -> bool {
    let proxy = guard.proxy();
    let then = "requests are answered with 502";
    proxy.log.unreachable(guard.handle(), error, then);
    let interceptor = plans
        .borrow()
        .interceptor
        .as_ref()
        .map(|both| both.upstream.id);
    let note = Note::new(UpstreamUnreachable {
        upstream: proxy.upstream.clone(),
        reason: error.to_string(),
    });
    interceptor.is_some_and(|id| duplex.inform(id, note))
}

/// Whether this is the interceptor's own name, and not that of a toxic that is called the same. What it
/// ends in place of an upstream that was not reached, that failure has ended.
fn is_interceptor(plans: &Plans, name: &Arc<str>) -> bool {
    let plan = plans.borrow();
    let halves = plan.interceptor.iter();
    let mut names = halves.flat_map(|both| [&both.upstream.name, &both.downstream.name]);
    names.any(|own| Arc::ptr_eq(own, name))
}
