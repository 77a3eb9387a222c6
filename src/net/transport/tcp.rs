//! TCP sockets: their options, and the operations of the transport seam that tokio does not have.
//!
//! Must not know: links, peers, why a socket ends.

pub(crate) mod unacknowledged;

use std::io;
#[cfg(target_os = "linux")]
use std::net::IpAddr;
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use socket2::{SockRef, Socket, TcpKeepalive};
use tokio::io::Interest;
use tokio::net::TcpStream;

/// How often a silent peer is asked whether it is still there (Go's default).
const KEEPALIVE: Duration = Duration::from_secs(15);

/// Whether the system reports an event after a short write, as epoll's edges do. Then no further
/// write has to find out that the socket is full. Reads get no such shortcut: they stop short at
/// TCP's urgent mark too, with bytes behind it that no event would report.
const EDGES: bool = cfg!(target_os = "linux");

/// Whether an accepted socket has the options of its listener: four system calls a connection less.
const INHERITED: bool = cfg!(target_os = "linux");

/// Writes once, without waiting: `WouldBlock` if nothing can be taken now.
pub(super) fn try_write(stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    let mut short = 0;
    let sent = stream.try_io(Interest::WRITABLE, || {
        match SockRef::from(stream).send(bytes)? {
            count if EDGES && 0 < count && count < bytes.len() => {
                short = count;
                Err(io::ErrorKind::WouldBlock.into())
            }
            count => Ok(count),
        }
    });
    if short > 0 { Ok(short) } else { sent }
}

/// Sends FIN. It fails only where the peer is gone, which the reading side finds out.
pub(super) fn shutdown_write(stream: &TcpStream) {
    let _ = SockRef::from(stream).shutdown(Shutdown::Write);
}

/// Makes the close of the socket a RST. It fails only where the peer is gone, which is as good.
pub(crate) fn reset_on_close(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}

/// Waits until the peer has reset the connection, also while nobody reads.
pub(super) async fn lost(stream: &TcpStream) {
    // An error means that the runtime ends, and this with it.
    let _ = stream.ready(Interest::ERROR).await;
}

/// Sets the options of a socket that a listener accepted.
pub(crate) fn set_accepted_options(stream: &TcpStream) {
    if !INHERITED {
        set_options(&SockRef::from(stream));
        keep_urgent_bytes(&SockRef::from(stream));
    }
}

/// Sets the options of a socket that was connected to an upstream.
pub(crate) fn set_connected_options(stream: &TcpStream) {
    set_options(&SockRef::from(stream));
}

/// Gives a listening socket the options that accepted sockets are to have, where they inherit them.
pub(crate) fn set_listener_options(socket: &Socket) {
    keep_urgent_bytes(socket);
    if INHERITED {
        set_options(socket);
    }
}

/// Leaves urgent bytes in the stream, where a proxy would lose them otherwise; reads stop at the mark
/// as ever. To be set before anything can arrive: without it, Linux drops an unread urgent byte when
/// another arrives.
pub(crate) fn keep_urgent_bytes(socket: &Socket) {
    // A socket that refuses it still carries all other bytes.
    if let Err(error) = socket.set_out_of_band_inline(true) {
        tracing::debug!(%error, "urgent bytes cannot be kept");
    }
}

/// No delay for small writes, keep-alive on.
fn set_options(socket: &Socket) {
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE)
        .with_interval(KEEPALIVE);
    // A socket that refuses these still carries bytes.
    let set = socket
        .set_tcp_nodelay(true)
        .and(socket.set_tcp_keepalive(&keepalive));
    if let Err(error) = set {
        tracing::debug!(%error, "a socket option is not available");
    }
}

/// Where a client wanted to go, if the system's packet filter has redirected it here.
#[cfg(target_os = "linux")]
pub(crate) fn original_destination(client: &TcpStream) -> Option<SocketAddr> {
    let socket = SockRef::from(client);
    let original = match client.local_addr().ok()?.ip().to_canonical() {
        IpAddr::V4(_) => socket.original_dst_v4(),
        IpAddr::V6(_) => socket.original_dst_v6(),
    };
    original.ok()?.as_socket()
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn original_destination(_: &TcpStream) -> Option<SocketAddr> {
    None
}
