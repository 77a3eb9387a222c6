//! Listening sockets, bound as Go's `net.Listen` binds them, and the loop that accepts.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::address::{Resolved, system_error};
use super::link::Plans;
use super::session::{self, Route};

/// Connections that may wait to be accepted; the system may allow fewer.
const BACKLOG: i32 = 4096;
/// The first and the longest pause when a connection cannot be accepted.
const PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Why an address cannot be listened on; the text is Go's, less `listen tcp ADDRESS: `.
#[derive(Debug, Error)]
#[error("{operation}: {}", system_error(.source))]
pub struct BindError {
    operation: &'static str,
    source: io::Error,
}

/// A socket that listens; connections queue up until someone accepts.
#[derive(Debug)]
pub struct Bound {
    pub(super) listener: TcpListener,
    local: SocketAddr,
}

impl Bound {
    /// Binds and listens. No address, `0.0.0.0` and `::` are both families at once where the
    /// system can do that. Must be called inside a tokio runtime.
    pub fn bind(address: Resolved) -> Result<Self, BindError> {
        if let Some(ip) = address.ip.filter(|ip| !ip.is_unspecified()) {
            return listen(SocketAddr::new(ip, address.port));
        }
        let both = IpAddr::from(Ipv6Addr::UNSPECIFIED);
        match listen(SocketAddr::new(both, address.port)) {
            Err(error) if error.lacks_ipv6() => {
                listen(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port))
            }
            bound => bound,
        }
    }

    /// The address in the API's form.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Another handle of the same socket, so that it can change hands without being closed.
    /// Errors: file descriptors have run out.
    pub fn try_clone(&self) -> io::Result<Self> {
        let socket = SockRef::from(&self.listener).try_clone()?;
        Ok(Bound {
            listener: TcpListener::from_std(socket.into())?,
            local: self.local,
        })
    }

    /// The socket, for another kind of server.
    pub fn into_listener(self) -> TcpListener {
        self.listener
    }
}

impl BindError {
    fn lacks_ipv6(&self) -> bool {
        use io::ErrorKind::{AddrNotAvailable, Unsupported};
        matches!(self.source.kind(), AddrNotAvailable | Unsupported)
            || self.source.to_string().contains("not supported")
    }
}

fn listen(address: SocketAddr) -> Result<Bound, BindError> {
    let at = |operation| move |source| BindError { operation, source };
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )
    .map_err(at("socket"))?;
    if address.is_ipv6() {
        let both = address.ip().is_unspecified();
        socket.set_only_v6(!both).map_err(at("setsockopt"))?;
    }
    #[cfg(not(windows))]
    socket.set_reuse_address(true).map_err(at("setsockopt"))?;
    socket.bind(&address.into()).map_err(at("bind"))?;
    socket.listen(BACKLOG).map_err(at("listen"))?;
    socket.set_nonblocking(true).map_err(at("setsockopt"))?;
    let listener = TcpListener::from_std(socket.into()).map_err(at("register"))?;
    let local = listener.local_addr().map_err(at("getsockname"))?;
    Ok(Bound { listener, local })
}

/// Accepts until the channel of plans is closed, then lets go of the socket and waits for the
/// connections to end, which they do at once. So when this is over, every peer has its FIN or RST.
pub(super) async fn accept_loop(
    bound: Arc<Bound>,
    route: Arc<Route>,
    ordinals: Arc<AtomicU64>,
    plans: Plans,
) {
    let mut sessions = JoinSet::new();
    let mut changes = plans.clone();
    let mut trouble = Trouble::default();
    loop {
        tokio::select! {
            biased;
            changed = changes.changed() => if changed.is_err() { break },
            Some(ended) = sessions.join_next() => report(&route, ended),
            client = accept(&bound.listener, &route, &mut trouble) => {
                let connection = ordinals.fetch_add(1, Ordering::Relaxed) + 1;
                let (route, plans) = (Arc::clone(&route), plans.clone());
                sessions.spawn(async move {
                    session::serve(client, &route, plans, connection).await;
                });
            }
        }
    }
    drop(bound);
    while let Some(ended) = sessions.join_next().await {
        report(&route, ended);
    }
}

fn report(route: &Route, ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(proxy = %route.proxy, %error, "a connection broke down; please report this");
    }
}

/// A spell of failing accepts: told of once, waited out with growing pauses.
#[derive(Default)]
struct Trouble {
    pause: Option<Duration>,
}

async fn accept(listener: &TcpListener, route: &Route, trouble: &mut Trouble) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((client, _)) => {
                if trouble.pause.take().is_some() {
                    tracing::info!(proxy = %route.proxy, "connections are accepted again");
                }
                return client;
            }
            // The client went away before it was accepted.
            Err(error) if is_of_one_client(&error) => {}
            Err(error) => {
                if trouble.pause.is_none() {
                    tracing::error!(proxy = %route.proxy, %error,
                        "connections cannot be accepted; trying on");
                }
                let pause = trouble
                    .pause
                    .map_or(PAUSE, |pause| (pause * 2).min(LONGEST_PAUSE));
                trouble.pause = Some(pause);
                tokio::time::sleep(pause).await;
            }
        }
    }
}

fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionReset | Interrupted
    )
}
