//! One end of a connection, and the ways to end it.
//!
//! Closing a socket whose receive buffer is not empty sends a RST, which would look like a fault
//! that nobody asked for. So an orderly close sends FIN first and reads what is there before it
//! lets go.

use std::io;
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

/// How long an orderly close reads on for the peer's end, so that its last bytes bring no RST.
const LINGER: Duration = Duration::from_secs(1);
/// How much it reads at most: more than the buffers of both ends hold.
const LINGER_BYTES: usize = 64 * 1024 * 1024;
/// How often a silent peer is asked whether it is still there (Go's default).
const KEEPALIVE: Duration = Duration::from_secs(15);

/// One side of a connection.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) stream: TcpStream,
    /// The peer has reset the connection; whoever noticed first says so here, because the kernel
    /// tells only once.
    reset: AtomicBool,
    /// The peer has ended its side.
    ended: AtomicBool,
}

impl Peer {
    /// Takes a connected socket over: no delay for small writes, keep-alive on.
    pub(super) fn new(stream: TcpStream) -> Self {
        let keepalive = TcpKeepalive::new()
            .with_time(KEEPALIVE)
            .with_interval(KEEPALIVE);
        let socket = SockRef::from(&stream);
        // A socket that refuses these still carries bytes.
        let set = socket
            .set_tcp_nodelay(true)
            .and(socket.set_tcp_keepalive(&keepalive));
        if let Err(error) = set {
            tracing::debug!(%error, "a socket option is not available");
        }
        Peer {
            stream,
            reset: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        }
    }

    pub(super) fn note_reset(&self) {
        self.reset.store(true, Ordering::Relaxed);
    }

    pub(super) fn was_reset(&self) -> bool {
        self.reset.load(Ordering::Relaxed)
    }

    pub(super) fn note_end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// Sends FIN and keeps reading possible.
    pub(super) fn end_writing(&self) {
        // It fails only where the peer is gone, which the reading side will find.
        let _ = SockRef::from(&self.stream).shutdown(Shutdown::Write);
    }

    /// Closes with RST.
    pub(super) fn reset(self) {
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }

    /// Closes with FIN. The FIN is out when this returns; a task of its own, which ends within
    /// [`LINGER`], reads what the peer still sends.
    pub(super) fn close(self) {
        self.end_writing();
        if self.ended.load(Ordering::Relaxed) || self.was_reset() {
            return;
        }
        if let Drained::Open { read } = drain(&self.stream, LINGER_BYTES) {
            tokio::spawn(async move {
                let rest = linger(&self.stream, LINGER_BYTES.saturating_sub(read));
                let _ = tokio::time::timeout(LINGER, rest).await;
            });
        }
    }
}

enum Drained {
    /// The peer has ended, or is gone, or sends too much.
    Done,
    /// Nothing more for now.
    Open { read: usize },
}

fn drain(stream: &TcpStream, most: usize) -> Drained {
    let mut read = 0;
    super::scratch::with(|buffer| {
        while read < most {
            match stream.try_read(buffer) {
                Ok(0) => return Drained::Done,
                Ok(count) => read += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Drained::Open { read };
                }
                Err(_) => return Drained::Done,
            }
        }
        Drained::Done
    })
}

async fn linger(stream: &TcpStream, mut most: usize) {
    while stream.readable().await.is_ok() {
        match drain(stream, most) {
            Drained::Open { read } => most = most.saturating_sub(read),
            Drained::Done => return,
        }
    }
}
