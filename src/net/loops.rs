//! Clients of a proxy that have come through that proxy before, or through too many.
//!
//! Must not know what becomes of them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use super::chain::{self, Chain, Refusal};
use super::session::Route;
use super::socket;

/// Refusals with no longer pause than this between them are told of once.
const SPELL: Duration = Duration::from_secs(10);

/// Connections that lead back to a proxy: told of once a spell.
#[derive(Default)]
pub(super) struct Loops {
    last: Option<Instant>,
}

impl Loops {
    /// Which proxies a client has come through, this one included. None: it is to be refused.
    pub(super) fn follow(
        &mut self,
        route: &Route,
        client: &TcpStream,
        address: SocketAddr,
    ) -> Option<Chain> {
        let locals = || {
            let local = client.local_addr().ok();
            [local, socket::original_destination(client)]
        };
        let followed = route.member.follow(address, locals);
        let told = followed.map_err(|refusal| self.tell(&route.proxy, &route.upstream, refusal));
        told.ok()
    }

    fn tell(&mut self, proxy: &str, upstream: &str, refusal: Refusal) {
        let before = self.last.replace(Instant::now());
        if before.is_some_and(|last| last.elapsed() < SPELL) {
            return;
        }
        match refusal {
            Refusal::Loop => tracing::warn!(
                proxy,
                upstream,
                "the upstream leads back to this proxy: such connections are reset; give it another upstream"
            ),
            Refusal::TooLong => tracing::warn!(
                proxy,
                upstream,
                limit = chain::LONGEST,
                "connections that come through too many proxies of this server are reset"
            ),
        }
    }
}
