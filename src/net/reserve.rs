//! The address of a listener that has stopped: nobody else gets it, and who connects is refused.
//!
//! On Linux a socket that is shut down ceases to listen and stays bound. Other systems have no way
//! back from listening but to close the socket; there nothing is kept.

use std::io;
use std::net::SocketAddr;

use socket2::Socket;

use super::accept::Listener;
use super::fd_limit::{FdLimit, Listening};
use super::listener::{BindError, Bound};
use super::workers::Workers;

/// An address that is bound and not listened on. Dropped, it is free for others.
#[derive(Debug)]
pub struct Reserved {
    socket: Socket,
    local: SocketAddr,
    _descriptor: Listening,
}

impl Reserved {
    /// Stops listening and keeps the address, where the system can do that and has a descriptor left.
    /// Whoever waits to be accepted is reset.
    pub(super) fn of(listener: &Listener, fd_limit: &FdLimit) -> Option<Self> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        Self::keep(listener.duplicate().ok()?, fd_limit)
    }

    /// The same of an address that was bound for this alone.
    pub fn of_bound(bound: Bound, workers: &Workers) -> Option<Self> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        Self::keep(bound.into_socket(), workers.fd_limit())
    }

    fn keep(socket: Socket, fd_limit: &FdLimit) -> Option<Self> {
        let descriptor = fd_limit.of_listener();
        let kept = || {
            socket.shutdown(std::net::Shutdown::Read)?;
            // Others who set this could bind the address beside a socket that has it and does not
            // listen, and listen there; Go programs do by default.
            socket.set_reuse_address(false)?;
            let local = socket.local_addr()?.as_socket();
            Ok::<_, io::Error>(Reserved {
                local: local.ok_or(io::ErrorKind::InvalidData)?,
                socket,
                _descriptor: descriptor,
            })
        };
        kept().ok()
    }

    /// The address that is kept.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Listens there again.
    pub fn listen(self) -> Result<Bound, BindError> {
        Bound::listen_on(self.socket)
    }
}
