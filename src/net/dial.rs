//! Dialling an upstream: one address after the other, within a limit of time.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;
use tokio::net::TcpStream;

use super::address::{AddressError, HostPort, system_error};
use super::clock::Clock;
use super::descriptors::Seat;
use super::socket::{self, Peer};

/// How long dialling an upstream may take, all its addresses and name look-ups together.
pub const DIAL_LIMIT: Duration = Duration::from_secs(10);

/// How often to try again when the system has connected a socket with itself: it may choose the very
/// port that is dialled, where nobody listens (as Go's `net.Dial` minds).
const SELF_CONNECTS: usize = 3;

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
pub(super) struct Attempt {
    connecting: Option<TcpStream>,
    /// Moves on to the upstream's socket.
    seat: Option<Seat>,
}

impl Attempt {
    pub(super) fn new(seat: Seat) -> Self {
        Attempt {
            connecting: None,
            seat: Some(seat),
        }
    }

    /// Tries one address after the other. Each gets an even share of the time that is left, so that
    /// one that does not answer leaves some for the others. Returns the one that did, too.
    pub(super) async fn dial(
        &mut self,
        upstream: &str,
        clock: &Clock,
    ) -> Result<(Peer, SocketAddr), DialError> {
        let deadline = clock.now() + DIAL_LIMIT;
        let look_up = async { Ok(HostPort::parse(upstream)?.targets().await?) };
        let targets = clock.limit(deadline, look_up).await;
        let targets: Vec<SocketAddr> = targets.unwrap_or(Err(DialError::Late))?;
        let mut last = DialError::Late;
        for (index, address) in targets.iter().copied().enumerate() {
            let shares = u32::try_from(targets.len() - index).unwrap_or(u32::MAX);
            let now = clock.now();
            let share = deadline.since(now) / shares;
            match clock.limit(now + share, self.connect(address)).await {
                Some(Ok(stream)) => {
                    return Ok((Peer::connected(stream, self.seat.take()), address));
                }
                Some(Err(source)) => last = DialError::Connect { address, source },
                None => self.connecting = None,
            }
        }
        Err(last)
    }

    async fn connect(&mut self, address: SocketAddr) -> io::Result<TcpStream> {
        for _ in 0..SELF_CONNECTS {
            let stream = self.connecting.insert(begin(address)?);
            stream.writable().await?;
            if let Some(error) = stream.take_error()? {
                return Err(error);
            }
            let is_itself = stream.local_addr()? == address;
            let stream = self.connecting.take().filter(|_| !is_itself);
            if let Some(stream) = stream {
                return Ok(stream);
            }
        }
        Err(io::ErrorKind::ConnectionRefused.into())
    }

    /// Closes what may be connected already.
    pub(super) fn give_up(self) {
        if let Some(stream) = self.connecting {
            Peer::connected(stream, self.seat).close();
        }
    }
}

/// Starts to connect; the socket becomes writable when that has come to an end.
fn begin(address: SocketAddr) -> io::Result<TcpStream> {
    let domain = Domain::for_address(address);
    #[cfg(target_os = "linux")]
    let socket = Socket::new(domain, Type::STREAM.nonblocking(), Some(Protocol::TCP))?;
    #[cfg(not(target_os = "linux"))]
    let socket = {
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket
    };
    socket::keep_urgent_bytes(&socket);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Enough for the system to have chosen every port of its range as the source.
    const ALL_PORTS: usize = 35_000;

    fn none() -> Attempt {
        Attempt {
            connecting: None,
            seat: None,
        }
    }

    #[tokio::test]
    async fn nobody_is_connected_with_himself() {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut address = gone.local_addr().unwrap();
        drop(gone);
        // Linux has odd ports for those who bind and even ones for those who connect.
        for port in [address.port(), address.port() ^ 1] {
            address.set_port(port);
            for _ in 0..ALL_PORTS {
                let refused = none().connect(address).await.unwrap_err();
                assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
            }
        }
    }
}
