//! One end of a connection, and how it is closed.
//!
//! Closing a socket whose receive buffer is not empty sends a RST, which would look like a fault
//! that nobody asked for. An orderly close therefore sends FIN first and reads the waiting bytes
//! before it closes the socket. Must not know why a connection ends: a [`Farewell`] says how to
//! close it.

use std::time::Duration;

use super::buffers::{BLOCK, Block};
use super::connections::CloseMode;
use super::fd_limit::FdPermit;
use super::lifecycle::{Farewell, ORPHAN_LIMIT};
use super::transport::Stream;
use crate::engine::Ending;

/// How long an orderly close keeps reading until the peer ends, so that its last bytes cause no
/// RST.
const LINGER: Duration = Duration::from_secs(1);
/// The most bytes that an orderly close reads: more than the buffers of both ends hold.
const LINGER_BYTES: usize = 64 * 1024 * 1024;
/// The most bytes to read when no further bytes need to be read: about one receive buffer.
const AT_ONCE_BYTES: usize = 8 * 1024 * 1024;
/// The shortest pause before asking the system again whether all bytes have been acknowledged.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// One end of a connection.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) stream: Stream,
    /// Counts the file descriptor until it is closed, including while the peer lingers. This is the
    /// last field so that the socket is dropped first.
    permit: Option<FdPermit>,
}

impl Peer {
    /// Takes over a connected stream.
    pub(super) fn new(stream: impl Into<Stream>, permit: Option<FdPermit>) -> Self {
        Peer {
            stream: stream.into(),
            permit,
        }
    }

    /// The stream, and the permit of its descriptor, which must outlive it.
    pub(super) fn into_parts(self) -> (Stream, Option<FdPermit>) {
        (self.stream, self.permit)
    }

    /// Waits until the peer's system has acknowledged all bytes, or the peer is lost.
    pub(super) async fn delivered(&self) {
        tokio::select! {
            biased;
            () = self.stream.lost() => {}
            () = self.acknowledged() => {}
        }
    }

    /// Waits until the peer's system has acknowledged all bytes, polling at growing intervals.
    async fn acknowledged(&self) {
        let mut waited = Duration::ZERO;
        while self.stream.unacknowledged().is_some_and(|bytes| bytes > 0) {
            let pause = (waited / 8).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
            tokio::time::sleep(pause).await;
            waited += pause;
        }
    }

    /// Closes the peer's stream in the way that the end of its connection requires.
    pub(super) fn part(self, farewell: Farewell) {
        match farewell.how {
            Ending::Reset | Ending::ResetAfter => self.reset(),
            Ending::Cut if farewell.destroyed => self.cut(farewell),
            Ending::Cut | Ending::Eof | Ending::Close => self.close_after(farewell),
        }
    }

    /// Closes a peer from which nothing has been read.
    pub(super) fn refuse(self, how: CloseMode) {
        match how {
            CloseMode::Fin => self.close(),
            CloseMode::Rst => self.reset(),
        }
    }

    /// Closes with RST.
    pub(super) fn reset(self) {
        self.stream.reset();
    }

    /// Closes with FIN a peer from which nothing has been read.
    pub(super) fn close(self) {
        self.stream.shutdown_write();
        self.drain_and_linger();
    }

    /// Closes with FIN, which has been sent when this returns. A separate task reads what the peer
    /// still sends, and ends within [`ORPHAN_LIMIT`].
    fn close_after(self, farewell: Farewell) {
        if !farewell.fin_sent {
            self.stream.shutdown_write();
        }
        if !farewell.source_done {
            self.drain_and_linger();
        }
    }

    fn drain_and_linger(self) {
        let drained = drain(&self.stream, LINGER_BYTES);
        if !matches!(drained, Drained::Ended) {
            // Move the whole peer and not only the stream: it holds the permit until the socket is
            // closed.
            tokio::spawn(async move { self.linger(drained).await });
        }
    }

    /// Closes with FIN a peer whose bytes a toxic has destroyed. What it still sends need not be
    /// read, and a peer that only writes should notice the end at once. If bytes sent to the peer
    /// could be lost that way, it is closed like any other.
    fn cut(self, farewell: Farewell) {
        if self.stream.unacknowledged() != Some(0) {
            return self.close_after(farewell);
        }
        if !farewell.fin_sent {
            self.stream.shutdown_write();
        }
        // Drain first: closing a socket with unread bytes would send RST instead of FIN.
        let _ = drain(&self.stream, AT_ONCE_BYTES);
    }

    /// Keeps reading for a second. If the peer is still sending then, closing the socket causes a
    /// RST, which would discard bytes the peer has not received. The peer therefore gets time to
    /// receive them.
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
        let limit = ORPHAN_LIMIT.saturating_sub(LINGER);
        let _ = tokio::time::timeout(limit, self.delivered()).await;
    }
}

enum Drained {
    /// The peer has ended its side, or is gone.
    Ended,
    /// The peer sends more than the limit.
    TooMuch,
    /// No more bytes are available now; up to `left` more may be read later.
    Open { left: usize },
}

fn drain(stream: &Stream, most: usize) -> Drained {
    let mut left = most;
    let mut block = Block::lend();
    while left > 0 {
        match stream.try_read(block.space(BLOCK)) {
            Ok(0) => return Drained::Ended,
            Ok(count) => left = left.saturating_sub(count),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                return Drained::Open { left };
            }
            Err(_) => return Drained::Ended,
        }
    }
    Drained::TooMuch
}

/// Keeps reading while more bytes may come.
async fn read_on(stream: &Stream, mut drained: Drained) -> Drained {
    while let Drained::Open { left } = drained {
        if stream.readable().await.is_err() {
            return Drained::Ended;
        }
        drained = drain(stream, left);
    }
    drained
}
