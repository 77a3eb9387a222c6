//! Keeps the address of a stopped listener: no other process gets it, and new clients are refused.
//!
//! On Linux a socket that is shut down stops listening and stays bound. On other systems only
//! closing the socket stops it listening, so nothing is reserved there.

use std::io;
use std::net::SocketAddr;

use socket2::Socket;

use super::accept::Listener;
use super::fd_limit::{FdLimit, Listening};
use super::listener::{BindError, Bound};
use super::workers::Workers;

/// An address that is bound but not listened on. Dropping it frees the address.
#[derive(Debug)]
pub struct Reserved {
    socket: Socket,
    local: SocketAddr,
    _descriptor: Listening,
}

impl Reserved {
    /// Stops listening and keeps the address, where the system supports it and a file descriptor is
    /// left. Clients in the accept queue are reset.
    pub(super) fn of(listener: &Listener, fd_limit: &FdLimit) -> Option<Self> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        Self::keep(listener.duplicate().ok()?, fd_limit)
    }

    /// Reserves an address that was bound only for this purpose.
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
            // With this option set, other processes that set it too could bind and listen on the
            // same address while this socket does not listen. Go programs set it by default.
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

    /// The reserved address.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Listens on the address again.
    pub fn listen(self) -> Result<Bound, BindError> {
        Bound::listen_on(self.socket)
    }
}
