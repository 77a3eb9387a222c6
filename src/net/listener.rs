//! Listening sockets, bound the way Go's `net.Listen` binds them, and the accept loop.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{SemaphorePermit, watch};

use super::accept::Listener;
use super::address::{Resolved, system_error};
use super::connection;
use super::connection::guard::ConnectionGuard;
use super::fd_limit::{FdLimit, Listening};
use super::log_throttle::Ongoing;
use super::loop_detection::Hops;
use super::plans::{Plans, stopped};
use super::proxy_context::ProxyContext;
use super::transport::tcp;
use crate::util::accept_backoff::AcceptBackoff;

/// The length of the accept queue; the system may allow fewer.
const BACKLOG: i32 = 4096;

/// Why an address cannot be listened on. The text is Go's without `listen tcp ADDRESS: `.
#[derive(Debug, Error)]
#[error("{operation}: {}", system_error(.source))]
pub struct BindError {
    operation: &'static str,
    source: io::Error,
}

/// A listening socket. Connections queue in the system until a task accepts them.
#[derive(Debug)]
pub struct Bound {
    socket: Socket,
    local: SocketAddr,
}

impl Bound {
    /// Binds and listens. An empty address, `0.0.0.0` and `::` mean both IPv4 and IPv6 where the
    /// system supports dual-stack sockets.
    pub fn bind(address: &Resolved) -> Result<Self, BindError> {
        let one = address.socket_address();
        if let Some(address) = one.filter(|address| !address.ip().is_unspecified()) {
            return listen(address);
        }
        let both = IpAddr::from(Ipv6Addr::UNSPECIFIED);
        match listen(SocketAddr::new(both, address.port)) {
            Err(error) if error.lacks_ipv6() => {
                listen(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port))
            }
            bound => bound,
        }
    }

    /// The address that the socket listens on.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Listens on a socket that is already bound.
    pub(super) fn listen_on(socket: Socket) -> Result<Self, BindError> {
        let at = BindError::at;
        // `Reserved` clears this option on a socket that has stopped listening.
        reuse_address(&socket).map_err(at("setsockopt"))?;
        socket.listen(BACKLOG).map_err(at("listen"))?;
        socket.set_nonblocking(true).map_err(at("setsockopt"))?;
        tcp::set_listener_options(&socket);
        Bound::of(socket).map_err(at("getsockname"))
    }

    /// The local address as Go and the API write it: an IPv6 zone is shown as an interface name.
    pub fn shown(&self) -> String {
        Resolved::from(self.local).to_string()
    }

    pub(super) fn of(socket: Socket) -> io::Result<Self> {
        let local = socket.local_addr()?.as_socket();
        let local = local.ok_or(io::ErrorKind::InvalidData)?;
        Ok(Bound { socket, local })
    }

    pub(super) fn into_socket(self) -> Socket {
        self.socket
    }

    /// Registers the socket with the current tokio runtime. Errors: the system cannot watch the
    /// socket.
    pub fn into_listener(self) -> io::Result<TcpListener> {
        TcpListener::from_std(self.socket.into())
    }
}

impl From<io::Error> for BindError {
    fn from(source: io::Error) -> Self {
        BindError {
            operation: "register",
            source,
        }
    }
}

impl BindError {
    /// The system's error.
    pub fn cause(&self) -> &io::Error {
        &self.source
    }

    /// Whether another socket already uses the address.
    pub fn is_in_use(&self) -> bool {
        self.source.kind() == io::ErrorKind::AddrInUse
    }

    fn at(operation: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| BindError { operation, source }
    }

    fn lacks_ipv6(&self) -> bool {
        use io::ErrorKind::{AddrNotAvailable, Unsupported};
        matches!(self.source.kind(), AddrNotAvailable | Unsupported)
            || self.source.to_string().contains("not supported")
    }
}

fn listen(address: SocketAddr) -> Result<Bound, BindError> {
    let socket = bind(address)?;
    // When the system chooses the port, set SO_REUSEADDR only after the choice. Otherwise Linux
    // first looks for a port that can be shared, which takes milliseconds while thousands are
    // bound.
    if address.port() != 0 {
        return Bound::listen_on(socket);
    }
    reuse_address(&socket).map_err(BindError::at("setsockopt"))?;
    // A socket that stops listening keeps a port that was requested, but Linux releases one it
    // chose.
    if cfg!(target_os = "linux") {
        let local = socket.local_addr().map_err(BindError::at("getsockname"))?;
        let local = local.as_socket().unwrap_or(address);
        return Bound::listen_on(bind(local)?);
    }
    Bound::listen_on(socket)
}

fn bind(address: SocketAddr) -> Result<Socket, BindError> {
    let at = BindError::at;
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
    if address.port() != 0 {
        reuse_address(&socket).map_err(at("setsockopt"))?;
    }
    socket.bind(&address.into()).map_err(at("bind"))?;
    Ok(socket)
}

/// Allows the address to be bound again while earlier connections linger on it, as Go does.
fn reuse_address(socket: &Socket) -> io::Result<()> {
    // On Windows, the option would let another process take over the port of a listening socket.
    if cfg!(not(windows)) {
        socket.set_reuse_address(true)?;
    }
    Ok(())
}

/// What the accept loop needs to start connections.
pub(super) struct Acceptor {
    pub(super) proxy: Arc<ProxyContext>,
    pub(super) plans: Plans,
    /// Every task of this proxy holds a clone, which shows when the last one has ended.
    pub(super) alive: watch::Receiver<()>,
    pub(super) _listening: Listening,
}

/// Accepts connections until the channel of plans is closed, then closes the socket.
pub(super) async fn accept_loop(listener: Arc<Listener>, acceptor: Acceptor) {
    let plans = acceptor.plans.clone();
    tokio::select! {
        biased;
        () = stopped(&plans) => {}
        never = acceptor.admit_all(&listener) => match never {},
    }
    // Close the socket before the `Acceptor`, whose drop may signal that all tasks have ended.
    drop(listener);
}

impl Acceptor {
    /// Accepts clients one by one, as connection permits and file descriptors become available.
    async fn admit_all(&self, listener: &Listener) -> Infallible {
        let proxy = &self.proxy;
        let mut failures = FailingAccepts::new(&proxy.dialler.fd_limit, proxy.log.proxy());
        loop {
            let place = proxy.permits.acquire().await;
            if let Err(error) = listener.waiting().await {
                failures.wait_out(error).await;
                continue;
            }
            // Acquire descriptors only now, so that a proxy without clients takes none from other
            // proxies.
            let Some(permits) = proxy.dialler.fd_limit.pair_for(proxy.log.proxy()).await else {
                refuse_waiting(listener);
                continue;
            };
            let (client, address) = match listener.take() {
                Ok(Some(accepted)) => accepted,
                Ok(None) => {
                    // The client that a failed accept was about has disconnected.
                    failures.are_over();
                    continue;
                }
                Err(error) => {
                    drop(permits);
                    failures.wait_out(error).await;
                    continue;
                }
            };
            failures.are_over();
            let Some(hops) = hops_of(proxy, &client, address) else {
                tcp::reset_on_close(&client);
                continue;
            };
            // The `ConnectionGuard` returns the permit when the connection ends.
            let _ = place.map(SemaphorePermit::forget);
            proxy.traffic.add_accepted();
            let handle = proxy.connections.admit(address, hops);
            let guard = ConnectionGuard::new(Arc::clone(proxy), handle, self.alive.clone());
            tokio::spawn(connection::serve(
                client,
                permits,
                guard,
                self.plans.clone(),
            ));
        }
    }
}

/// The proxies of this server that a client has come through, including this one. Returns `None` if
/// the client must be refused; the reason has then been logged.
fn hops_of(proxy: &ProxyContext, client: &TcpStream, address: SocketAddr) -> Option<Hops> {
    let locals = || {
        let local = client.local_addr().ok();
        [local, tcp::original_destination(client)]
    };
    let hops = proxy.member.hops_of_client(address, locals);
    hops.map_err(|refusal| proxy.log.looping(refusal)).ok()
}

/// Resets the clients in the accept queue.
fn refuse_waiting(listener: &Listener) {
    // Limit the loop to one full queue; otherwise new clients could keep it busy.
    for _ in 0..BACKLOG {
        match listener.take() {
            Ok(Some((client, _))) => tcp::reset_on_close(&client),
            _ => return,
        }
    }
}

/// Handles failing accepts: logs them once for all proxies, and retries with growing pauses.
struct FailingAccepts<'a> {
    fd_limit: &'a FdLimit,
    proxy: &'a str,
    backoff: AcceptBackoff,
    ongoing: Option<Ongoing>,
}

impl<'a> FailingAccepts<'a> {
    fn new(fd_limit: &'a FdLimit, proxy: &'a str) -> Self {
        FailingAccepts {
            fd_limit,
            proxy,
            backoff: AcceptBackoff::default(),
            ongoing: None,
        }
    }

    async fn wait_out(&mut self, error: io::Error) {
        // The proxy is being stopped.
        let is_stopping = error.kind() == io::ErrorKind::InvalidInput;
        let pause = match is_stopping {
            true => None,
            false => self.backoff.failed(&error),
        };
        let Some(pause) = pause else {
            return tokio::task::yield_now().await;
        };
        let (is_first, ongoing) = self.fd_limit.refused().begin(&error.to_string());
        if is_first {
            tracing::error!(proxy = self.proxy, %error, "connections cannot be accepted; trying on");
        } else {
            tracing::debug!(proxy = self.proxy, %error, "connections cannot be accepted");
        }
        self.ongoing = Some(ongoing);
        tokio::time::sleep(pause).await;
    }

    fn are_over(&mut self) {
        if self.backoff.succeeded() {
            self.ongoing = None;
            tracing::debug!(proxy = self.proxy, "connections are accepted again");
        }
    }
}
