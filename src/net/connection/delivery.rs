//! Delivers the bytes that a peer sent before its reset, and only then lets the reset through.
//!
//! When a socket is reset, the system discards its unsent bytes. So before a peer's reset is passed
//! on, the other peer gets time to receive those bytes. A reset that a toxic or a user asks for is
//! not delayed: [`Lifecycle`] distinguishes the two.

use super::duplex::ordered;
use super::guard::ConnectionGuard;
use crate::engine::Direction;
use crate::net::lifecycle::{Input, Lifecycle, Phase};
use crate::net::peer::Peer;
use crate::net::plans::{Plans, stopped};

/// Delivers what must still be delivered on a connection that carries no more data.
pub(super) async fn conclude(
    mut lifecycle: Lifecycle,
    sides: (&Peer, &Peer),
    guard: &ConnectionGuard,
    plans: &Plans,
) -> Lifecycle {
    if lifecycle.phase() == Phase::Delivering {
        let input = Box::pin(before_reset(guard, sides, &lifecycle, plans)).await;
        let _ = lifecycle.apply(input, guard.proxy().clock().now());
    }
    tracing::debug!(proxy = guard.proxy().log.proxy(),
        connection = guard.handle().connection, phase = ?lifecycle.phase(),
        reason = ?guard.reason(), "connection ended");
    lifecycle
}

/// Waits until both peers have received what was sent to them, or are lost, up to the orphan limit.
/// Returns what ended the wait. Stopping the proxy or ending the connection takes precedence.
async fn before_reset(
    guard: &ConnectionGuard,
    (client, upstream): (&Peer, &Peer),
    lifecycle: &Lifecycle,
    plans: &Plans,
) -> Input {
    let delivered = async {
        for (peer, direction) in [
            (client, Direction::Upstream),
            (upstream, Direction::Downstream),
        ] {
            if !lifecycle.is_gone(direction) {
                peer.delivered().await;
            }
        }
    };
    let clock = guard.proxy().clock();
    let limit = lifecycle.orphan_limit().unwrap_or_else(|| clock.now());
    tokio::select! {
        biased;
        // A stop closes with FIN, and the system still sends the bytes it has taken before a FIN.
        () = stopped(plans) => Input::Stop,
        mode = guard.handle().ordered() => ordered(mode),
        outcome = clock.limit(limit, delivered) => match outcome {
            Some(()) => Input::Delivered,
            None => Input::OrphanLimit,
        },
    }
}
