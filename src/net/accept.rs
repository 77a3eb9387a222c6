//! A listening socket that says that a client waits before anybody takes that client.
//!
//! So what a connection needs is there before it is accepted, and nobody who is idle holds on to it.
//! Where descriptors are short, clients wait in the system's queue, which costs none.

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
        /// Must be called inside the runtime that is to watch the socket. Errors: it cannot.
        pub(crate) fn new(socket: Socket) -> io::Result<Self> {
            Ok(Listener(crate::net::async_fd::register(
                socket.into(),
                Interest::READABLE,
            )?))
        }

        /// Another handle of the socket.
        pub(crate) fn duplicate(&self) -> io::Result<Socket> {
            SockRef::from(self.0.get_ref()).try_clone()
        }

        /// Waits until a client waits.
        pub(crate) async fn waiting(&self) -> io::Result<()> {
            loop {
                let mut ready = self.0.readable().await?;
                // To ask is a tenth of what it takes to accept nobody.
                if self.has_client()? {
                    return Ok(());
                }
                // Whoever comes after that question makes it ready anew.
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

        /// Takes a client, if there still is one.
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

    /// There is no limit of descriptors here, so that a client may as well be accepted at once.
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
