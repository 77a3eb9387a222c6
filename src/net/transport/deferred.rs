//! A stream whose dial is still under way, so that its connection can run meanwhile.
//!
//! Until [`DeferredStream::settle`], nothing can be read or written. Then it is the dialled stream. If
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
use std::task::{Context, Poll};

use super::{Lost, Stream};

/// A stream whose dial is still under way, or has ended.
#[derive(Debug, Default)]
pub(in crate::net) struct DeferredStream {
    /// Empty until the dial has ended; `None` if it failed.
    dialled: OnceLock<Option<Stream>>,
    /// Our side has ended. Only one task reads and writes this.
    ended: AtomicBool,
}

impl DeferredStream {
    /// The dial has ended: with a stream, or with a failure. Only the first call counts.
    pub(super) fn settle(&self, dialled: Option<Stream>) {
        if let Some(stream) = &dialled
            && self.ended.load(Ordering::Relaxed)
        {
            stream.shutdown_write();
        }
        let _ = self.dialled.set(dialled);
    }

    pub(super) fn into_dialled(self) -> Option<Stream> {
        self.dialled.into_inner().flatten()
    }

    fn stream(&self) -> Option<&Stream> {
        self.dialled.get().and_then(Option::as_ref)
    }

    fn has_failed(&self) -> bool {
        matches!(self.dialled.get(), Some(None))
    }

    /// Whether an end can be read although nobody is there. What ended before it was dialled has sent
    /// nothing, as a link ends a stream after all its bytes.
    fn is_over(&self) -> bool {
        self.stream().is_none() && self.ended.load(Ordering::Relaxed)
    }

    pub(super) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.stream() {
            Some(stream) => stream.poll_readable(context),
            None if self.is_over() => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    }

    pub(super) fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.stream() {
            Some(stream) => stream.poll_writable(context),
            None if self.has_failed() => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    }

    pub(super) fn try_read(&self, space: &mut [u8]) -> io::Result<usize> {
        match self.stream() {
            Some(stream) => stream.try_read(space),
            None if self.is_over() => Ok(0),
            None => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self.stream() {
            Some(stream) => stream.try_write(bytes),
            None if self.has_failed() => Ok(bytes.len()),
            None => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    pub(super) fn wants_write(&self) -> bool {
        self.stream().is_some_and(Stream::wants_write)
    }

    pub(super) fn flush(&self) {
        if let Some(stream) = self.stream() {
            stream.flush();
        }
    }

    pub(super) fn shutdown_write(&self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(stream) = self.stream() {
            stream.shutdown_write();
        }
    }

    pub(super) fn reset(self) {
        if let Some(stream) = self.into_dialled() {
            stream.reset();
        }
    }

    pub(super) fn lost(&self) -> Lost<'_> {
        Box::pin(async { self.dialled().await.lost().await })
    }

    pub(super) fn hung_up(&self) -> Lost<'_> {
        Box::pin(async { self.dialled().await.hung_up().await })
    }

    /// Waits for the dialled stream; without end if the dial has failed.
    async fn dialled(&self) -> &Stream {
        poll_fn(|_| self.stream().map_or(Poll::Pending, Poll::Ready)).await
    }

    pub(super) fn take_error(&self) -> Option<io::Error> {
        self.stream().and_then(Stream::take_error)
    }

    pub(super) fn unacknowledged(&self) -> Option<usize> {
        self.stream().map_or(Some(0), Stream::unacknowledged)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;
    use crate::net::transport::memory::pair;

    fn would_block(result: &io::Result<usize>) -> bool {
        matches!(result, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    fn is_ready(stream: &DeferredStream) -> (bool, bool) {
        let mut context = Context::from_waker(Waker::noop());
        (
            stream.poll_readable(&mut context).is_ready(),
            stream.poll_writable(&mut context).is_ready(),
        )
    }

    #[test]
    fn before_the_dial_has_ended_nothing_can_be_read_or_written() {
        let stream = DeferredStream::default();
        assert_eq!(is_ready(&stream), (false, false));
        assert!(would_block(&stream.try_read(&mut [0; 8])));
        assert!(would_block(&stream.try_write(b"x")));
        stream.shutdown_write();
        assert_eq!(is_ready(&stream), (true, false));
        assert_eq!(stream.try_read(&mut [0; 8]).unwrap(), 0);
        assert_eq!(stream.unacknowledged(), Some(0));
    }

    #[test]
    fn it_becomes_the_dialled_stream_and_passes_an_earlier_end_on() {
        let (near, far) = pair(64, 64);
        let stream = DeferredStream::default();
        stream.settle(Some(Stream::Memory(near)));
        assert_eq!(is_ready(&stream), (false, true));
        assert_eq!(stream.try_write(b"question").unwrap(), 8);
        let far = Stream::Memory(far);
        let mut space = [0; 64];
        assert_eq!(far.try_read(&mut space).unwrap(), 8);
        far.try_write(b"answer").unwrap();
        assert_eq!(stream.try_read(&mut space).unwrap(), 6);

        let (near, far) = pair(64, 64);
        let stream = DeferredStream::default();
        stream.shutdown_write();
        stream.settle(Some(Stream::Memory(near)));
        assert_eq!(Stream::Memory(far).try_read(&mut space).unwrap(), 0);
    }

    #[test]
    fn after_a_failed_dial_everything_is_taken_and_only_our_own_end_comes_back() {
        let stream = DeferredStream::default();
        stream.settle(None);
        assert_eq!(is_ready(&stream), (false, true));
        assert_eq!(stream.try_write(&[0; 100_000]).unwrap(), 100_000);
        assert!(would_block(&stream.try_read(&mut [0; 8])));
        stream.shutdown_write();
        assert_eq!(is_ready(&stream), (true, true));
        assert_eq!(stream.try_read(&mut [0; 8]).unwrap(), 0);
        assert!(stream.into_dialled().is_none());
    }
}
