//! Creates the sockets of a dial.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpStream;

use crate::net::fd_limit::FdPermit;
use crate::net::peer::Peer;
use crate::net::transport::tcp;

/// Makes a connected socket the upstream peer of a connection.
pub(super) fn connected(stream: TcpStream, permit: Option<FdPermit>) -> Peer {
    tcp::set_connected_options(&stream);
    Peer::new(stream, permit)
}

/// Starts a non-blocking connect. Returns the socket and its local address.
pub(super) fn begin(address: SocketAddr) -> io::Result<(Socket, SocketAddr)> {
    let domain = Domain::for_address(address);
    #[cfg(target_os = "linux")]
    let socket = Socket::new(domain, Type::STREAM.nonblocking(), Some(Protocol::TCP))?;
    #[cfg(not(target_os = "linux"))]
    let socket = {
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket
    };
    tcp::keep_urgent_bytes(&socket);
    match socket.connect(&address.into()) {
        Err(error) if !is_under_way(&error) => return Err(error),
        _ => {}
    }
    let local = socket.local_addr()?.as_socket();
    Ok((socket, local.ok_or(io::ErrorKind::InvalidData)?))
}

#[cfg(unix)]
fn is_under_way(error: &io::Error) -> bool {
    // EINPROGRESS, which the standard library has no stable name for.
    error.kind() == io::ErrorKind::WouldBlock
        || error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error())
}

#[cfg(not(unix))]
fn is_under_way(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}
