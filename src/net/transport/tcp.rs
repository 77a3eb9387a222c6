//! TCP sockets: their options, and the operations of the transport seam that tokio lacks.
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

/// How often keep-alive probes check that a silent peer still exists (Go's default).
const KEEPALIVE: Duration = Duration::from_secs(15);

/// Whether the system reports an event after a short write, as edge-triggered epoll does. If so, no
/// further write is needed to find out that the socket is full. Reads cannot use this: they also
/// stop short at TCP's urgent mark, and no event would report the bytes after it.
const EDGES: bool = cfg!(target_os = "linux");

/// Whether an accepted socket inherits its listener's options, which saves four system calls per
/// connection.
const INHERITED: bool = cfg!(target_os = "linux");

/// Writes once without waiting: `WouldBlock` if no bytes can be taken now.
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

/// Sends FIN. It fails only if the peer is gone, which the next read reports.
pub(super) fn shutdown_write(stream: &TcpStream) {
    let _ = SockRef::from(stream).shutdown(Shutdown::Write);
}

/// Makes closing the socket send RST. It fails only if the peer is gone, and then no RST is needed.
pub(crate) fn reset_on_close(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}

/// Waits until the peer has reset the connection, even while nothing reads from it.
pub(super) async fn lost(stream: &TcpStream) {
    // An error means that the runtime is shutting down, and this task with it.
    let _ = stream.ready(Interest::ERROR).await;
}

/// Waits until the peer's FIN or RST has come, even if bytes before it have not been read.
///
/// A FIN makes a socket readable, and so do bytes. But tokio reports the priority event together with
/// the closed half, and sockets are registered for no priority event, so this waits for the closed
/// half alone.
#[cfg(all(target_os = "linux", not(feature = "portable")))]
pub(super) async fn hung_up(stream: &TcpStream) {
    let _ = stream.ready(Interest::PRIORITY).await;
}

/// Other systems have no event that tells a FIN from bytes, so this looks again from time to time.
#[cfg(not(all(target_os = "linux", not(feature = "portable"))))]
pub(super) async fn hung_up(stream: &TcpStream) {
    const PAUSE: Duration = Duration::from_millis(100);
    while let Ok(ready) = stream.ready(Interest::READABLE).await {
        if ready.is_read_closed() {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
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

/// Sets the options of accepted sockets on a listening socket, where accepted sockets inherit them.
pub(crate) fn set_listener_options(socket: &Socket) {
    keep_urgent_bytes(socket);
    if INHERITED {
        set_options(socket);
    }
}

/// Keeps urgent bytes in the normal stream, because a proxy would lose them otherwise. Reads still
/// stop at the urgent mark. Set this before any data can arrive: without it, Linux drops an unread
/// urgent byte when another arrives.
pub(crate) fn keep_urgent_bytes(socket: &Socket) {
    // A socket that rejects this option still carries all other bytes.
    if let Err(error) = socket.set_out_of_band_inline(true) {
        tracing::debug!(%error, "urgent bytes cannot be kept");
    }
}

/// Disables Nagle's algorithm and enables keep-alive.
fn set_options(socket: &Socket) {
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE)
        .with_interval(KEEPALIVE);
    // A socket that rejects these options still carries bytes.
    let set = socket
        .set_tcp_nodelay(true)
        .and(socket.set_tcp_keepalive(&keepalive));
    if let Err(error) = set {
        tracing::debug!(%error, "a socket option is not available");
    }
}

/// The client's original destination, if the system's packet filter redirected the connection here.
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
