//! A listening socket that reports a pending client without accepting it.
//!
//! The acceptor can thus acquire everything a connection needs, such as file descriptors, before it
//! accepts, and holds nothing while idle. When descriptors run short, clients wait in the kernel's
//! accept queue, which costs no descriptors.

pub(super) use system::Listener;

#[cfg(unix)]
mod system {
    use std::io;
    use std::net::SocketAddr;
    use std::os::fd::OwnedFd;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use socket2::{SockAddr, SockRef, Socket};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    use tokio::net::TcpStream;

    #[derive(Debug)]
    pub(crate) struct Listener(AsyncFd<OwnedFd>);

    impl Listener {
        /// Registers the socket with the current tokio runtime. Errors: the registration failed.
        pub(crate) fn new(socket: Socket) -> io::Result<Self> {
            Ok(Listener(crate::net::async_fd::register(
                socket.into(),
                Interest::READABLE,
            )?))
        }

        /// Returns a second handle to the same socket.
        pub(crate) fn duplicate(&self) -> io::Result<Socket> {
            SockRef::from(self.0.get_ref()).try_clone()
        }

        /// Waits until a client is pending.
        pub(crate) async fn waiting(&self) -> io::Result<()> {
            loop {
                let mut ready = self.0.readable().await?;
                // A poll costs a tenth of an `accept` that finds no client.
                if self.has_client()? {
                    return Ok(());
                }
                // A client that arrives after the poll makes the socket ready again.
                ready.clear_ready();
            }
        }

        fn has_client(&self) -> io::Result<bool> {
            let mut asked = [PollFd::new(self.0.get_ref(), PollFlags::IN)];
            let now = Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            };
            Ok(poll(&mut asked, Some(&now))? > 0)
        }

        /// Accepts a client, if one is still pending.
        pub(crate) fn take(&self) -> io::Result<Option<(TcpStream, SocketAddr)>> {
            let (socket, address) = match accept(&SockRef::from(self.0.get_ref())) {
                Ok(accepted) => accepted,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error),
            };
            let address = address.as_socket().ok_or(io::ErrorKind::InvalidData)?;
            Ok(Some((TcpStream::from_std(socket.into())?, address)))
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn accept(socket: &Socket) -> io::Result<(Socket, SockAddr)> {
        socket.accept4(libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn accept(socket: &Socket) -> io::Result<(Socket, SockAddr)> {
        let (client, address) = socket.accept()?;
        client.set_nonblocking(true)?;
        Ok((client, address))
    }
}

#[cfg(not(unix))]
mod system {
    use std::io;
    use std::net::SocketAddr;

    use parking_lot::Mutex;
    use socket2::{SockRef, Socket};
    use tokio::net::{TcpListener, TcpStream};

    /// Accepts clients at once: this platform has no descriptor limit to wait for.
    #[derive(Debug)]
    pub(crate) struct Listener {
        socket: TcpListener,
        next: Mutex<Option<(TcpStream, SocketAddr)>>,
    }

    impl Listener {
        pub(crate) fn new(socket: Socket) -> io::Result<Self> {
            Ok(Listener {
                socket: TcpListener::from_std(socket.into())?,
                next: Mutex::default(),
            })
        }

        pub(crate) fn duplicate(&self) -> io::Result<Socket> {
            SockRef::from(&self.socket).try_clone()
        }

        pub(crate) async fn waiting(&self) -> io::Result<()> {
            let next = self.socket.accept().await?;
            *self.next.lock() = Some(next);
            Ok(())
        }

        pub(crate) fn take(&self) -> io::Result<Option<(TcpStream, SocketAddr)>> {
            let mut next = self.next.lock();
            Ok(next.take())
        }
    }
}
