//! One end of a connection, and the ways to end it.
//!
//! Closing a socket whose receive buffer is not empty sends a RST, which would look like a fault
//! that nobody asked for. So an orderly close sends FIN first and reads what is there before it
//! lets go.

use std::future::Future;
use std::io;
#[cfg(target_os = "linux")]
use std::net::IpAddr;
use std::net::Shutdown;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use socket2::{SockRef, Socket, TcpKeepalive};
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::buffers::{BLOCK, Block};
use super::fd_limit::FdPermit;
use super::unacknowledged;

/// How long an orderly close reads on for the peer's end, so that its last bytes bring no RST.
const LINGER: Duration = Duration::from_secs(1);
/// How much it reads at most: more than the buffers of both ends hold.
const LINGER_BYTES: usize = 64 * 1024 * 1024;
/// How much is read where nothing has to be: about what a receive buffer holds.
const AT_ONCE_BYTES: usize = 8 * 1024 * 1024;
/// How long what was sent may take to be delivered before a socket is closed in a way that throws it
/// away.
pub(super) const DELIVERY_LIMIT: Duration = Duration::from_secs(10);
/// How long to wait before the system is asked again whether all bytes were acknowledged.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// How often a silent peer is asked whether it is still there (Go's default).
const KEEPALIVE: Duration = Duration::from_secs(15);

/// Whether an event that comes after a short write is told of, so that no other has to find out that
/// the socket is full. So it is with epoll's edges. Reads get no such shortcut: they stop short at
/// TCP's urgent mark, too, with bytes behind it that no event would tell of.
const EDGES: bool = cfg!(target_os = "linux");

/// Whether an accepted socket has the options of its listener: four system calls a connection less.
const INHERITED: bool = cfg!(target_os = "linux");

/// One side of a connection.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) stream: TcpStream,
    /// The peer has reset the connection; whoever noticed first says so here, because the kernel
    /// tells only once.
    reset: AtomicBool,
    /// The peer has ended its side.
    ended: AtomicBool,
    /// Our side has.
    finished: AtomicBool,
    /// A toxic has destroyed what the peer sent, and has cut the connection.
    destroyed: AtomicBool,
    /// Its descriptor counts until it is closed, also while it lingers. The last field, so that the
    /// socket goes first.
    _seat: Option<FdPermit>,
}

/// What [`Peer::lost`] returns.
pub(super) type Lost<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

impl Peer {
    /// Takes over a socket that a listener accepted.
    pub(super) fn accepted(stream: TcpStream, permit: FdPermit) -> Self {
        if !INHERITED {
            prepare(&SockRef::from(&stream));
            keep_urgent_bytes(&SockRef::from(&stream));
        }
        Peer::of(stream, Some(permit))
    }

    /// Takes over a socket that was connected to an upstream.
    pub(super) fn connected(stream: TcpStream, permit: Option<FdPermit>) -> Self {
        prepare(&SockRef::from(&stream));
        Peer::of(stream, permit)
    }

    fn of(stream: TcpStream, permit: Option<FdPermit>) -> Self {
        Peer {
            stream,
            reset: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            finished: AtomicBool::new(false),
            destroyed: AtomicBool::new(false),
            _seat: permit,
        }
    }

    /// Reads once, without waiting: `WouldBlock` if there is nothing yet.
    pub(super) fn receive(&self, space: &mut [u8]) -> io::Result<usize> {
        self.stream.try_read(space)
    }

    /// Writes once, without waiting: `WouldBlock` if nothing can be taken now.
    pub(super) fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut short = 0;
        let sent = self.stream.try_io(Interest::WRITABLE, || {
            match SockRef::from(&self.stream).send(bytes)? {
                count if EDGES && 0 < count && count < bytes.len() => {
                    short = count;
                    Err(io::ErrorKind::WouldBlock.into())
                }
                count => Ok(count),
            }
        });
        if short > 0 { Ok(short) } else { sent }
    }

    /// Waits until the peer has reset the connection, also while nobody reads.
    pub(super) fn lost(&self) -> Lost<'_> {
        Box::pin(async {
            // An error means that the runtime ends, and this with it.
            let _ = self.stream.ready(Interest::ERROR).await;
        })
    }

    /// Waits until the peer's system has acknowledged all bytes, or is lost.
    pub(super) async fn delivered(&self) {
        if !self.was_reset() {
            tokio::select! {
                biased;
                () = self.lost() => {}
                () = self.acknowledged() => {}
            }
        }
    }

    /// Waits until the peer's system has acknowledged all bytes. It asks less and less often.
    async fn acknowledged(&self) {
        let mut waited = Duration::ZERO;
        while unacknowledged::bytes(&self.stream) > 0 {
            let pause = (waited / 8).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
            tokio::time::sleep(pause).await;
            waited += pause;
        }
    }

    pub(super) fn note_reset(&self) {
        self.reset.store(true, Ordering::Relaxed);
    }

    pub(super) fn was_reset(&self) -> bool {
        self.reset.load(Ordering::Relaxed)
    }

    pub(super) fn note_destroyed(&self) {
        self.destroyed.store(true, Ordering::Relaxed);
    }

    pub(super) fn note_end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// Sends FIN, once, and keeps reading possible.
    pub(super) fn end_writing(&self) {
        if !self.finished.swap(true, Ordering::Relaxed) {
            // It fails only where the peer is gone, which the reading side will find.
            let _ = SockRef::from(&self.stream).shutdown(Shutdown::Write);
        }
    }

    /// Closes with RST.
    pub(super) fn reset(self) {
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }

    /// Closes with FIN. The FIN is out when this returns; a task of its own, which ends within
    /// [`DELIVERY_LIMIT`], reads what the peer still sends.
    pub(super) fn close(self) {
        self.end_writing();
        if self.ended.load(Ordering::Relaxed) || self.was_reset() {
            return;
        }
        let drained = drain(&self.stream, LINGER_BYTES);
        if !matches!(drained, Drained::Ended) {
            // All of the peer, not the socket alone: the seat is taken until the socket is closed.
            tokio::spawn(async move { self.linger(drained).await });
        }
    }

    /// Closes with FIN a peer that a toxic has cut. Where its bytes were destroyed, nothing that it
    /// still sends has to be taken, and a peer that only writes hears of the end at once, unless that
    /// could destroy what was sent to it.
    pub(super) fn cut(self) {
        let destroyed = self.destroyed.load(Ordering::Relaxed);
        if !destroyed || !unacknowledged::IS_KNOWN || unacknowledged::bytes(&self.stream) > 0 {
            return self.close();
        }
        self.end_writing();
        // For the FIN: with unread bytes there would be a RST in its place.
        let _ = drain(&self.stream, AT_ONCE_BYTES);
    }

    /// Reads on for a second. To close the socket then resets the connection if the peer sends on,
    /// which would throw away what it has still to take, so it gets time for that.
    async fn linger(&self, drained: Drained) {
        let rest = read_on(&self.stream, drained);
        let mut rest = std::pin::pin!(rest);
        match tokio::time::timeout(LINGER, &mut rest).await {
            Ok(Drained::Ended) => {}
            Ok(_) => self.delivered_in_time().await,
            Err(_) => tokio::select! {
                _ = rest => {}
                () = self.delivered_in_time() => {}
            },
        }
    }

    async fn delivered_in_time(&self) {
        let limit = DELIVERY_LIMIT.saturating_sub(LINGER);
        let _ = tokio::time::timeout(limit, self.delivered()).await;
    }
}

/// Leaves urgent bytes in the stream, where those who carry it on would lose them otherwise; reads
/// stop at the mark as ever. To be asked for before anything can come: Linux drops one that was not
/// read when another comes, if this is not set by then.
pub(super) fn keep_urgent_bytes(socket: &Socket) {
    // A socket that refuses it still carries all other bytes.
    if let Err(error) = socket.set_out_of_band_inline(true) {
        tracing::debug!(%error, "urgent bytes cannot be kept");
    }
}

/// No delay for small writes, keep-alive on.
fn prepare(socket: &Socket) {
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE)
        .with_interval(KEEPALIVE);
    // A socket that refuses these still carries bytes.
    let set = socket
        .set_tcp_nodelay(true)
        .and(socket.set_tcp_keepalive(&keepalive));
    if let Err(error) = set {
        tracing::debug!(%error, "a socket option is not available");
    }
}

/// Closes a client that nobody serves, with RST.
pub(super) fn refuse(client: &TcpStream) {
    // It fails only where the client is gone, which is as good.
    let _ = SockRef::from(client).set_linger(Some(Duration::ZERO));
}

/// Where a client wanted to go, if the system's packet filter has led it here instead.
#[cfg(target_os = "linux")]
pub(super) fn original_destination(client: &TcpStream) -> Option<SocketAddr> {
    let socket = SockRef::from(client);
    let original = match client.local_addr().ok()?.ip().to_canonical() {
        IpAddr::V4(_) => socket.original_dst_v4(),
        IpAddr::V6(_) => socket.original_dst_v6(),
    };
    original.ok()?.as_socket()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn original_destination(_: &TcpStream) -> Option<SocketAddr> {
    None
}

/// Gives a listening socket what those that it accepts are to have, where they inherit it.
pub(super) fn prepare_listener(socket: &Socket) {
    keep_urgent_bytes(socket);
    if INHERITED {
        prepare(socket);
    }
}

enum Drained {
    /// The peer has ended, or is gone.
    Ended,
    /// It sends more than is read.
    TooMuch,
    /// Nothing more for now; so much may still come.
    Open { left: usize },
}

fn drain(stream: &TcpStream, most: usize) -> Drained {
    let mut left = most;
    let mut block = Block::lend();
    while left > 0 {
        match stream.try_read(block.space(BLOCK)) {
            Ok(0) => return Drained::Ended,
            Ok(count) => left = left.saturating_sub(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Drained::Open { left };
            }
            Err(_) => return Drained::Ended,
        }
    }
    Drained::TooMuch
}

/// Reads on where something may still come.
async fn read_on(stream: &TcpStream, mut drained: Drained) -> Drained {
    while let Drained::Open { left } = drained {
        if stream.readable().await.is_err() {
            return Drained::Ended;
        }
        drained = drain(stream, left);
    }
    drained
}
