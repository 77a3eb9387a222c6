//! One end of a connection, and how it is closed.
//!
//! Closing a socket whose receive buffer is not empty sends a RST, which would look like a fault
//! that nobody asked for. So an orderly close sends FIN first and reads what is there before it
//! lets go. Must not know why a connection ends: a [`Farewell`] says how.

use std::time::Duration;

use super::buffers::{BLOCK, Block};
use super::fd_limit::FdPermit;
use super::lifecycle::{Farewell, ORPHAN_LIMIT};
use super::transport::Stream;
use crate::engine::Ending;

/// How long an orderly close reads on for the peer's end, so that its last bytes bring no RST.
const LINGER: Duration = Duration::from_secs(1);
/// How much it reads at most: more than the buffers of both ends hold.
const LINGER_BYTES: usize = 64 * 1024 * 1024;
/// How much is read where nothing has to be: about what a receive buffer holds.
const AT_ONCE_BYTES: usize = 8 * 1024 * 1024;
/// How long to wait before the system is asked again whether all bytes were acknowledged.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// One side of a connection.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) stream: Stream,
    /// Counts the descriptor until it is closed, also while the peer lingers. The last field, so
    /// that the socket goes first.
    _permit: Option<FdPermit>,
}

impl Peer {
    /// Takes over a connected stream.
    pub(super) fn new(stream: impl Into<Stream>, permit: Option<FdPermit>) -> Self {
        Peer {
            stream: stream.into(),
            _permit: permit,
        }
    }

    /// Waits until the peer's system has acknowledged all bytes, or is lost.
    pub(super) async fn delivered(&self) {
        tokio::select! {
            biased;
            () = self.stream.lost() => {}
            () = self.acknowledged() => {}
        }
    }

    /// Waits until the peer's system has acknowledged all bytes. It asks less and less often.
    async fn acknowledged(&self) {
        let mut waited = Duration::ZERO;
        while self.stream.unacknowledged().is_some_and(|bytes| bytes > 0) {
            let pause = (waited / 8).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
            tokio::time::sleep(pause).await;
            waited += pause;
        }
    }

    /// Closes it as the end of its connection asks for.
    pub(super) fn part(self, farewell: Farewell) {
        match farewell.how {
            Ending::Reset => self.reset(),
            Ending::Cut if farewell.destroyed => self.cut(farewell),
            Ending::Cut | Ending::Eof | Ending::Close => self.close_after(farewell),
        }
    }

    /// Closes with RST.
    pub(super) fn reset(self) {
        self.stream.reset();
    }

    /// Closes with FIN a peer that nothing was read from.
    pub(super) fn close(self) {
        self.stream.shutdown_write();
        self.drain_and_linger();
    }

    /// Closes with FIN. The FIN is out when this returns; a task of its own, which ends within
    /// [`ORPHAN_LIMIT`], reads what the peer still sends.
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
            // All of the peer, not the stream alone: the permit is held until the socket is closed.
            tokio::spawn(async move { self.linger(drained).await });
        }
    }

    /// Closes with FIN a peer whose bytes a toxic has destroyed. Nothing that it still sends has to be
    /// taken, and a peer that only writes is to notice the end at once, unless that could destroy
    /// what was sent to it.
    fn cut(self, farewell: Farewell) {
        if self.stream.unacknowledged() != Some(0) {
            return self.close_after(farewell);
        }
        if !farewell.fin_sent {
            self.stream.shutdown_write();
        }
        // For the FIN: with unread bytes there would be a RST in its place.
        let _ = drain(&self.stream, AT_ONCE_BYTES);
    }

    /// Reads on for a second. To close the socket then resets the connection if the peer sends on,
    /// which would discard what it has still to take, so it gets time for that.
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
    /// The peer has ended, or is gone.
    Ended,
    /// It sends more than is read.
    TooMuch,
    /// Nothing more for now; so much may still come.
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

/// Reads on where something may still come.
async fn read_on(stream: &Stream, mut drained: Drained) -> Drained {
    while let Drained::Open { left } = drained {
        if stream.readable().await.is_err() {
            return Drained::Ended;
        }
        drained = drain(stream, left);
    }
    drained
}
