//! Lets toxics act on an accepted client before its upstream is dialled.
//!
//! Nothing is read from the client: its bytes, and its end, wait in the system for the link that
//! will carry them. [`ConnectPhase`] decides what happens; this module waits for it.

use std::future::pending;

use super::guard::ConnectionGuard;
use crate::engine::{ConnectPhase, ConnectStep, Moment, Plan};
use crate::net::clock::Clock;
use crate::net::connections::CloseMode;
use crate::net::peer::Peer;
use crate::net::plans::Plans;
use crate::net::reason::Reason;

/// Returns when the upstream is to be dialled. Errors: how to close the client. Stopping the proxy
/// or ending the connection takes precedence. `plans` must have seen `plan`, and is left as it is,
/// so that the connection's links see what changed meanwhile.
pub(super) async fn before_dial(
    guard: &ConnectionGuard,
    client: &Peer,
    plan: &Plan,
    plans: &Plans,
) -> Result<(), CloseMode> {
    let clock = guard.proxy().clock();
    let mut plans = plans.clone();
    let mut phase = ConnectPhase::new(plan, guard.handle().identity(), clock.now());
    guard.handle().counters.show_connect(phase.tallies());
    let (reason, how) = loop {
        let (until, silent) = match phase.poll(clock.now()) {
            ConnectStep::Dial => return Ok(()),
            ConnectStep::Close(toxic) => break (Reason::Toxic(toxic), CloseMode::Fin),
            ConnectStep::Reset(toxic) => break (Reason::Toxic(toxic), CloseMode::Rst),
            ConnectStep::Wait { until, silent } => (until, silent),
        };
        tokio::select! {
            biased;
            changed = plans.changed() => match changed {
                Ok(()) => {
                    let plan = plans.borrow_and_update().clone();
                    phase.adopt(&plan, clock.now());
                }
                Err(_) => break (Reason::Stopped, CloseMode::Fin),
            },
            how = guard.handle().ordered() => break (Reason::Killed, how),
            () = client.stream.lost() => break (lost(client), CloseMode::Rst),
            // A client that will get no answer has nothing to wait for. Before a dial, the end of
            // its side may be a half-close.
            () = client.stream.hung_up(), if silent => break (Reason::ClientClosed, CloseMode::Fin),
            () = wait(clock, until) => {}
        }
    };
    guard.set_reason(reason);
    Err(how)
}

fn lost(client: &Peer) -> Reason {
    Reason::client_lost(client.stream.take_error().as_ref())
}

async fn wait(clock: &Clock, until: Option<Moment>) {
    match until {
        Some(moment) => clock.wait_until(moment).await,
        None => pending().await,
    }
}
