//! A connection's socket as hyper sees it. It records the progress of the answer, and fails when the client
//! stops reading.
//!
//! May know: hyper's traits. Must not know: routes, what is sent.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::admission::{Place, Stage};

/// The number of bytes that a client must read within the time limit. Without it, a client that reads one
/// byte now and then could keep an answer in memory for days.
const STEP: usize = 64 << 10;

/// The state that the socket and the service of a connection share.
pub(super) struct Progress {
    pub(super) place: Place,
    /// Whether hyper has received the whole answer.
    answered: AtomicBool,
    /// Whether the answer is a stream, whose length is unknown.
    is_stream: AtomicBool,
}

impl Progress {
    pub(super) fn new(place: Place) -> Self {
        Progress {
            place,
            answered: AtomicBool::new(false),
            is_stream: AtomicBool::new(false),
        }
    }

    /// Records that a request has arrived.
    pub(super) fn begins(&self, has_body: bool) {
        self.answered.store(false, Ordering::Relaxed);
        self.is_stream.store(false, Ordering::Relaxed);
        self.place.enter(match has_body {
            true => Stage::Receiving,
            false => Stage::Working,
        });
    }

    /// Records that the answer is about to be sent.
    pub(super) fn answers(&self, with_stream: bool) {
        self.is_stream.store(with_stream, Ordering::Relaxed);
        self.moves_on();
    }

    fn moves_on(&self) {
        self.place
            .enter(match self.is_stream.load(Ordering::Relaxed) {
                true => Stage::Streaming,
                false => Stage::Working,
            });
    }

    /// Records that the answer is complete.
    pub(super) fn is_answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }
}

/// The socket of a connection, with a time limit on unread answers.
pub(super) struct Transport {
    socket: TokioIo<TcpStream>,
    progress: Arc<Progress>,
    limit: Duration,
    /// The deadline by which the client must read [`STEP`] bytes, and how many it has read so far.
    alarm: Option<Pin<Box<Sleep>>>,
    taken: usize,
}

impl Transport {
    pub(super) fn new(socket: TcpStream, progress: Arc<Progress>, limit: Duration) -> Self {
        Transport {
            socket: TokioIo::new(socket),
            progress,
            limit,
            alarm: None,
            taken: 0,
        }
    }

    fn watch(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(Ok(count)) => {
                self.taken += count;
                if self.taken >= STEP {
                    self.moves_on();
                }
                return written;
            }
            Poll::Ready(Err(_)) => return written,
            Poll::Pending => {}
        }
        if self.alarm.is_none() {
            self.taken = 0;
            self.progress.place.enter(Stage::Blocked);
        }
        let limit = self.limit;
        let alarm = self
            .alarm
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        ready!(alarm.as_mut().poll(context));
        let why = format!("the client has not read its answer for {limit:?}");
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, why)))
    }

    fn moves_on(&mut self) {
        if self.alarm.take().is_some() {
            self.progress.moves_on();
        }
    }
}

impl Read for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl Write for Transport {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.watch(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(context, pieces);
        self.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    /// hyper calls this after it has written everything that it had.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.socket).poll_flush(context))?;
        self.moves_on();
        if self.progress.answered.swap(false, Ordering::Relaxed) {
            self.progress.place.enter(Stage::Waiting);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
