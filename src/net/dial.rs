//! Dialling an upstream: one address after the other, within a limit of time.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;
use tokio::net::TcpStream;

use super::address::{AddressError, HostPort, system_error};
use super::socket::Peer;

/// How long dialling an upstream may take, all its addresses and name look-ups together.
pub const DIAL_LIMIT: Duration = Duration::from_secs(10);

/// Why the upstream was not reached.
#[derive(Debug, Error)]
pub(super) enum DialError {
    #[error("{0}")]
    Address(#[from] AddressError),
    #[error("connect {address}: {}", system_error(.source))]
    Connect {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("no answer within {} s", DIAL_LIMIT.as_secs())]
    Late,
}

/// A dial that can be given up with grace: the other end may have accepted the connection before
/// this one knows of it, and then it has to see an orderly end.
#[derive(Default)]
pub(super) struct Attempt {
    connecting: Option<TcpStream>,
}

impl Attempt {
    pub(super) async fn dial(&mut self, upstream: &str) -> Result<Peer, DialError> {
        tokio::time::timeout(DIAL_LIMIT, self.dial_all(upstream))
            .await
            .unwrap_or(Err(DialError::Late))
    }

    async fn dial_all(&mut self, upstream: &str) -> Result<Peer, DialError> {
        let mut last = None;
        for address in HostPort::parse(upstream)?.targets().await? {
            match self.connect(address).await {
                Ok(stream) => return Ok(Peer::new(stream)),
                Err(source) => last = Some(DialError::Connect { address, source }),
            }
        }
        Err(last.unwrap_or(DialError::Late))
    }

    async fn connect(&mut self, address: SocketAddr) -> io::Result<TcpStream> {
        let stream = self.connecting.insert(begin(address)?);
        stream.writable().await?;
        match stream.take_error()? {
            Some(error) => Err(error),
            None => self
                .connecting
                .take()
                .ok_or(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Closes what may be connected already.
    pub(super) fn give_up(self) {
        if let Some(stream) = self.connecting {
            Peer::new(stream).close();
        }
    }
}

/// Starts to connect; the socket becomes writable when that has come to an end.
fn begin(address: SocketAddr) -> io::Result<TcpStream> {
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Err(error) if !is_under_way(&error) => Err(error),
        _ => TcpStream::from_std(socket.into()),
    }
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
