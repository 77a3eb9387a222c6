//! Servers to put behind a proxy. Each listens on its own port and serves every connection in the
//! same way. Dropping the value closes everything.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use super::ports::{apart_from_spawning, free_port};
use super::serving::serve;
pub use super::serving::{Kind, pattern};
use super::wire;

/// An upstream on a free port of 127.0.0.1 that echoes what it receives.
pub fn echo() -> Upstream {
    Upstream::start(Kind::Echo)
}

/// An upstream that reads and sends nothing.
pub fn sink() -> Upstream {
    Upstream::start(Kind::Sink)
}

/// An upstream that sends `bytes` pattern bytes and half-closes.
pub fn source(bytes: u64) -> Upstream {
    Upstream::start(Kind::Source(bytes))
}

/// An upstream that sends `text` first and then reads.
pub fn banner(text: &str) -> Upstream {
    Upstream::start(Kind::Banner(text.as_bytes().to_vec()))
}

/// An upstream that answers only after the client has half-closed.
pub fn half_close_echo() -> Upstream {
    Upstream::start(Kind::HalfCloseEcho)
}

/// An upstream whose connections the test takes with [`Upstream::accept`].
pub fn manual() -> Upstream {
    Upstream::start(Kind::Manual)
}

/// A port on which nothing listens.
pub fn refuse() -> Upstream {
    Upstream::start(Kind::Refuse)
}

/// A running upstream.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    state: State,
}

#[derive(Debug)]
enum State {
    Listening(Listening),
    /// The socket is bound and does not listen. `None` if the system does not allow that.
    Reserved(
        #[expect(dead_code, reason = "held, so that nobody else gets the port")] Option<Socket>,
    ),
}

impl Upstream {
    /// Starts one on a free port of 127.0.0.1. Panics if that fails.
    pub fn start(kind: Kind) -> Self {
        Self::try_start("127.0.0.1", kind).expect("a free port can be listened on")
    }

    /// Starts one on a free port of `host`, an IP address with or without brackets.
    ///
    /// # Errors
    /// `InvalidInput` if `host` is not an address; the system's error if it cannot be listened on.
    pub fn try_start(host: &str, kind: Kind) -> io::Result<Self> {
        let address = SocketAddr::new(parse_host(host)?, free_port());
        let state = State::start(address, kind)?;
        Ok(Self { address, state })
    }

    /// Closes the listener and its open connections, then starts `kind` on the same port, and on
    /// the same host if none is given. Connections that [`Self::accept`] returned are closed by
    /// their owner.
    ///
    /// # Errors
    /// `InvalidInput` if `host` is not an address; the system's error if it cannot be listened on.
    pub fn replace(&mut self, host: Option<&str>, kind: Kind) -> io::Result<()> {
        if let Some(host) = host {
            self.address.set_ip(parse_host(host)?);
        }
        apart_from_spawning(|| {
            self.state = State::Reserved(None);
            self.state = State::start(self.address, kind)?;
            Ok(())
        })
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `HOST:PORT`, as the API expects it.
    pub fn addr(&self) -> String {
        self.address.to_string()
    }

    /// The next connection that reached a manual upstream. `None` after `limit`, and at once for
    /// the other kinds.
    pub fn accept(&self, limit: Duration) -> Option<TcpStream> {
        match &self.state {
            State::Listening(listening) => listening.queue.recv_timeout(limit).ok(),
            State::Reserved(_) => None,
        }
    }
}

fn parse_host(host: &str) -> io::Result<IpAddr> {
    host.trim_matches(['[', ']']).parse().map_err(|_| {
        let text = format!("the upstream host {host:?} is no IP address");
        io::Error::new(io::ErrorKind::InvalidInput, text)
    })
}

impl State {
    fn start(address: SocketAddr, kind: Kind) -> io::Result<Self> {
        match kind {
            Kind::Refuse => Ok(Self::Reserved(reserve(address).ok())),
            kind => Ok(Self::Listening(Listening::start(address, kind)?)),
        }
    }
}

/// Binds without SO_REUSEADDR and without listening: no other process gets the port, and clients
/// are refused.
fn reserve(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.bind(&address.into())?;
    Ok(socket)
}

/// A listener with its accepting thread, and the connections being served.
#[derive(Debug)]
struct Listening {
    address: SocketAddr,
    queue: Receiver<TcpStream>,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    served: Mutex<Vec<Served>>,
}

#[derive(Debug)]
struct Served {
    /// Weak, so that the socket closes as soon as its thread drops it.
    stream: Weak<TcpStream>,
    thread: JoinHandle<()>,
}

impl Listening {
    fn start(address: SocketAddr, kind: Kind) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let shared = Arc::new(Shared::default());
        let (sender, queue) = mpsc::channel();
        let acceptor = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || accept_all(&listener, &kind, &shared, &sender))
        };
        Ok(Self {
            address,
            queue,
            shared,
            acceptor: Some(acceptor),
        })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        let mut wake = self.address;
        match wake {
            SocketAddr::V4(v4) if v4.ip().is_unspecified() => {
                wake.set_ip(Ipv4Addr::LOCALHOST.into())
            }
            SocketAddr::V6(v6) if v6.ip().is_unspecified() => {
                wake.set_ip(Ipv6Addr::LOCALHOST.into())
            }
            _ => {}
        }
        // `accept` blocks; a connection from here wakes it so that it checks the flag.
        let woken = wire::connect_to(wake, Duration::from_secs(1));
        if let (Ok(_), Some(acceptor)) = (woken, self.acceptor.take()) {
            let _ = acceptor.join();
        }
        let mut served = self.shared.served.lock().expect("no panic while locked");
        for Served { stream, thread } in served.drain(..) {
            if let Some(stream) = stream.upgrade() {
                let _ = stream.shutdown(Shutdown::Both);
            }
            let _ = thread.join();
        }
    }
}

fn accept_all(listener: &TcpListener, kind: &Kind, shared: &Shared, queue: &Sender<TcpStream>) {
    loop {
        let accepted = listener.accept();
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok((stream, _)) = accepted else {
            // Out of descriptors, or the connection was already gone: try again later.
            thread::sleep(Duration::from_millis(5));
            continue;
        };
        let _ = stream.set_nodelay(true);
        if *kind == Kind::Manual {
            let _ = queue.send(stream);
            continue;
        }
        let (stream, kind) = (Arc::new(stream), kind.clone());
        let weak = Arc::downgrade(&stream);
        // A peer that disconnects early is the test's concern, not the upstream's.
        let thread = thread::spawn(move || drop(serve(&stream, &kind)));
        let mut served = shared.served.lock().expect("no panic while locked");
        served.retain(|one| !one.thread.is_finished());
        served.push(Served {
            stream: weak,
            thread,
        });
    }
}
