//! Clients of a proxy that have come through that proxy before, or through too many.
//!
//! Must not know what becomes of them.

use std::net::SocketAddr;

use tokio::net::TcpStream;

use super::chain::Chain;
use super::connection::Route;
use super::socket;

/// Which proxies a client has come through, this one included. None: it is to be refused, and the
/// log was told.
pub(super) fn follow(route: &Route, client: &TcpStream, address: SocketAddr) -> Option<Chain> {
    let locals = || {
        let local = client.local_addr().ok();
        [local, socket::original_destination(client)]
    };
    let followed = route.member.follow(address, locals);
    let told = followed.map_err(|refusal| route.complaints.looping(route, refusal));
    told.ok()
}
