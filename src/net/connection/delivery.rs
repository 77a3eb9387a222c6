//! A peer's reset reaches the other peer behind the bytes that were sent before it.
//!
//! The system discards what a socket has still to send when the socket is reset. So before a peer's
//! reset is passed on, the other peer gets time to take those bytes. A reset that a toxic or a user
//! asks for does not come here: [`Lifecycle`] tells the two apart.

use super::duplex::ordered;
use super::guard::ConnectionGuard;
use crate::engine::Direction;
use crate::net::lifecycle::{Input, Lifecycle};
use crate::net::peer::Peer;
use crate::net::plans::{Plans, stopped};

/// Waits until both peers have what was sent to them, or are lost, but not beyond the orphan limit.
/// Returns what ended the wait: a proxy that stops, or somebody who ends the connection, comes first.
pub(super) async fn before_reset(
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
        // What the system has taken goes out before a FIN.
        () = stopped(plans) => Input::Stop,
        mode = guard.handle().ordered() => ordered(mode),
        outcome = clock.limit(limit, delivered) => match outcome {
            Some(()) => Input::Delivered,
            None => Input::OrphanLimit,
        },
    }
}
