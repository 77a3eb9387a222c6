//! A peer's reset reaches the other peer behind the bytes that were sent before it.
//!
//! The system throws away what a socket has still to send when the socket is reset. So before a
//! peer's reset is passed on, the other peer gets time to take those bytes. Must not know why else
//! a connection ends: a reset that a toxic or a user asks for does not come here.

use super::connection::{ConnectionGuard, stopped};
use super::connections::CloseMode;
use super::link::Plans;
use super::socket::Peer;
use crate::engine::{Ending, Moment};

/// Waits until both peers have what was sent to them, or are lost, but not beyond `limit`. Returns
/// how the connection has to end then: also a proxy that stops, or somebody who ends it, comes first.
pub(super) async fn before_reset(
    guard: &ConnectionGuard,
    (client, upstream): (&Peer, &Peer),
    plans: &Plans,
    limit: Moment,
) -> Ending {
    let delivered = async {
        client.delivered().await;
        upstream.delivered().await;
    };
    tokio::select! {
        biased;
        // What the system has taken goes out before a FIN.
        () = stopped(plans) => Ending::Cut,
        how = guard.handle.ordered() => match how {
            CloseMode::Fin => Ending::Cut,
            CloseMode::Rst => Ending::Reset,
        },
        _ = guard.route.clock().limit(limit, delivered) => Ending::Reset,
    }
}
