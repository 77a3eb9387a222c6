//! A stream whose dial is still under way, so that its connection can run meanwhile.
//!
//! Until [`Deferred::settle`], nothing can be read or written. Then it is the dialled stream. If
//! the dial failed, nobody is at the other end: every byte is taken and dropped.
//!
//! The only thing that can be read from nobody is an end, once our side has ended. That holds before
//! the end of the dial too: an upstream that got nothing answers nothing, as none that has an
//! interceptor before it speaks first. So a client that was answered without the upstream and leaves
//! need not wait for the dial.
//!
//! It keeps no wakers while the dial is under way. The task that polls the stream also polls the dial,
//! and must poll the stream again after it has settled it.

use std::future::poll_fn;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

/// A stream of type `S` whose dial is still under way, or has ended.
#[derive(Debug)]
pub(in crate::net) struct Deferred<S> {
    /// Empty until the dial has ended; `None` if it failed.
    dialled: OnceLock<Option<S>>,
    /// Our side has ended. Only one task reads and writes this.
    ended: AtomicBool,
}

impl<S> Default for Deferred<S> {
    fn default() -> Self {
        Deferred {
            dialled: OnceLock::new(),
            ended: AtomicBool::new(false),
        }
    }
}

impl<S> Deferred<S> {
    /// The dial has ended: with a stream, or with a failure. Only the first call counts. `end` ends our
    /// side of the stream, if that was asked for before.
    pub(super) fn settle(&self, dialled: Option<S>, end: impl FnOnce(&S)) {
        if let Some(stream) = &dialled
            && self.ended.load(Ordering::Relaxed)
        {
            end(stream);
        }
        let _ = self.dialled.set(dialled);
    }

    /// The dialled stream, if there is one. Without it, the operations below apply.
    pub(super) fn stream(&self) -> Option<&S> {
        self.dialled.get().and_then(Option::as_ref)
    }

    pub(super) fn into_stream(self) -> Option<S> {
        self.dialled.into_inner().flatten()
    }

    /// Waits for the dialled stream; without end if the dial has failed.
    pub(super) async fn dialled(&self) -> &S {
        poll_fn(|_| self.stream().map_or(Poll::Pending, Poll::Ready)).await
    }

    fn has_failed(&self) -> bool {
        matches!(self.dialled.get(), Some(None))
    }

    /// Whether an end can be read although nobody is there. What ended before it was dialled has sent
    /// nothing, as a link ends a stream after all its bytes.
    fn is_over(&self) -> bool {
        self.stream().is_none() && self.ended.load(Ordering::Relaxed)
    }

    pub(super) fn poll_readable(&self) -> Poll<io::Result<()>> {
        match self.is_over() {
            true => Poll::Ready(Ok(())),
            false => Poll::Pending,
        }
    }

    pub(super) fn poll_writable(&self) -> Poll<io::Result<()>> {
        match self.has_failed() {
            true => Poll::Ready(Ok(())),
            false => Poll::Pending,
        }
    }

    pub(super) fn try_read(&self) -> io::Result<usize> {
        match self.is_over() {
            true => Ok(0),
            false => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self.has_failed() {
            true => Ok(bytes.len()),
            false => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    pub(super) fn shutdown_write(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}
