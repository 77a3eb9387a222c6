//! An in-memory transport, for tests of links and connections without sockets.
//!
//! It behaves like TCP wherever a proxy can see a difference. Each direction has a receive window
//! of bytes that the receiver has not read, and a send buffer behind it. Bytes in the window are
//! acknowledged. A reset discards the send buffer and keeps the window. Dropping a stream with
//! unread bytes resets the other end. Nothing here reads a clock, so tests run in tokio's paused
//! time with deterministic results.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::{Mutex, MutexGuard};

/// One end of a pair.
#[derive(Debug)]
pub(crate) struct MemoryStream {
    pair: Arc<Mutex<Pair>>,
    side: usize,
    /// Whether the stream is already closed, so that dropping it has nothing left to do.
    closed: bool,
}

#[derive(Debug)]
struct Pair {
    /// The bytes that each side has written.
    pipes: [Pipe; 2],
    ends: [End; 2],
    window: usize,
    send_buffer: usize,
}

/// Bytes on the way from one side to the other.
#[derive(Debug, Default)]
struct Pipe {
    in_window: VecDeque<u8>,
    in_flight: VecDeque<u8>,
    ended: bool,
}

/// What has happened to one side.
#[derive(Debug, Default)]
struct End {
    /// The other side has reset this one.
    lost: bool,
    /// An error that has not been reported yet. Like a kernel, this reports an error once.
    error: bool,
    /// The other side is gone and answers any byte with a reset.
    abandoned: bool,
    owes: OwedWrite,
    wakers: [Option<Waker>; 4],
}

/// Whether a read makes the transport owe a write, as a read on TLS may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum OwedWrite {
    #[default]
    Never,
    AfterEachRead,
    Now,
}

/// The tasks that wait for an end to become ready.
#[derive(Clone, Copy)]
enum Interest {
    Read,
    Write,
    Loss,
    HangUp,
}

/// A byte that a transport sends of its own accord.
const OWED: u8 = 0;

/// Two connected streams. Each accepts `window` bytes that the other end has not read, and
/// `send_buffer` more bytes.
pub(crate) fn pair(window: usize, send_buffer: usize) -> (MemoryStream, MemoryStream) {
    let pair = Arc::new(Mutex::new(Pair {
        pipes: Default::default(),
        ends: Default::default(),
        window,
        send_buffer,
    }));
    let end = |side| MemoryStream {
        pair: Arc::clone(&pair),
        side,
        closed: false,
    };
    (end(0), end(1))
}

impl Pair {
    fn wake(&mut self, side: usize) {
        for waker in &mut self.ends[side].wakers {
            if let Some(waker) = waker.take() {
                waker.wake();
            }
        }
    }

    /// Moves as many bytes from `side` as fit into the receiver's window.
    fn deliver(&mut self, side: usize) {
        let window = self.window;
        let pipe = &mut self.pipes[side];
        let free = window - pipe.in_window.len();
        let moved = free.min(pipe.in_flight.len());
        pipe.in_window.extend(pipe.in_flight.drain(..moved));
    }

    fn fail(&mut self, side: usize) {
        let end = &mut self.ends[side];
        end.error = !std::mem::replace(&mut end.lost, true);
        self.wake(side);
    }
}

impl MemoryStream {
    fn pair(&self) -> MutexGuard<'_, Pair> {
        self.pair.lock()
    }

    fn other(&self) -> usize {
        1 - self.side
    }

    fn poll(
        &self,
        interest: Interest,
        context: &mut Context<'_>,
        is_ready: impl Fn(&Pair) -> bool,
    ) -> Poll<()> {
        let mut pair = self.pair();
        if is_ready(&pair) {
            return Poll::Ready(());
        }
        pair.ends[self.side].wakers[interest as usize] = Some(context.waker().clone());
        Poll::Pending
    }

    pub(super) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<()> {
        self.poll(Interest::Read, context, |pair| {
            let pipe = &pair.pipes[self.other()];
            !pipe.in_window.is_empty() || pipe.ended || pair.ends[self.side].lost
        })
    }

    pub(super) fn poll_writable(&self, context: &mut Context<'_>) -> Poll<()> {
        self.poll(Interest::Write, context, |pair| {
            pair.pipes[self.side].in_flight.len() < pair.send_buffer || pair.ends[self.side].lost
        })
    }

    pub(super) fn poll_lost(&self, context: &mut Context<'_>) -> Poll<()> {
        self.poll(Interest::Loss, context, |pair| pair.ends[self.side].lost)
    }

    pub(super) fn poll_hung_up(&self, context: &mut Context<'_>) -> Poll<()> {
        self.poll(Interest::HangUp, context, |pair| {
            pair.pipes[self.other()].ended || pair.ends[self.side].lost
        })
    }

    pub(super) fn take_error(&self) -> Option<io::Error> {
        let error = std::mem::take(&mut self.pair().ends[self.side].error);
        error.then(|| io::ErrorKind::ConnectionReset.into())
    }

    pub(super) fn try_read(&self, space: &mut [u8]) -> io::Result<usize> {
        let mut pair = self.pair();
        let other = self.other();
        let pipe = &mut pair.pipes[other];
        let count = pipe.in_window.len().min(space.len());
        for (to, from) in space.iter_mut().zip(pipe.in_window.drain(..count)) {
            *to = from;
        }
        if count > 0 {
            pair.deliver(other);
            pair.wake(other);
            let end = &mut pair.ends[self.side];
            if end.owes == OwedWrite::AfterEachRead {
                end.owes = OwedWrite::Now;
            }
            return Ok(count);
        }
        let is_ended = pipe.ended;
        let end = &mut pair.ends[self.side];
        if std::mem::take(&mut end.error) {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        match is_ended || end.lost {
            true => Ok(0),
            false => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut pair = self.pair();
        if pair.ends[self.side].abandoned {
            pair.fail(self.side);
        }
        let end = &mut pair.ends[self.side];
        if end.lost {
            let first = std::mem::take(&mut end.error);
            let kind = match first {
                true => io::ErrorKind::ConnectionReset,
                false => io::ErrorKind::BrokenPipe,
            };
            return Err(kind.into());
        }
        if pair.pipes[self.side].ended {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let room = pair.window + pair.send_buffer;
        let pipe = &mut pair.pipes[self.side];
        let taken = room - pipe.in_window.len() - pipe.in_flight.len();
        let count = taken.min(bytes.len());
        if count == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        pipe.in_flight.extend(&bytes[..count]);
        pair.deliver(self.side);
        pair.wake(self.other());
        Ok(count)
    }

    /// After this call, each read owes a byte that the other end receives, like a TLS key update.
    pub(crate) fn owe_a_write_after_each_read(&self) {
        self.pair().ends[self.side].owes = OwedWrite::AfterEachRead;
    }

    pub(super) fn wants_write(&self) -> bool {
        self.pair().ends[self.side].owes == OwedWrite::Now
    }

    pub(super) fn flush(&self) {
        if self.wants_write() && self.try_write(&[OWED]).is_ok() {
            self.pair().ends[self.side].owes = OwedWrite::AfterEachRead;
        }
    }

    pub(super) fn shutdown_write(&self) {
        let mut pair = self.pair();
        pair.pipes[self.side].ended = true;
        pair.wake(self.other());
    }

    pub(super) fn reset(mut self) {
        self.close_with_reset();
    }

    fn close_with_reset(&mut self) {
        self.closed = true;
        let (side, other) = (self.side, self.other());
        let mut pair = self.pair();
        pair.pipes[side].in_flight.clear();
        pair.pipes[other] = Pipe::default();
        pair.fail(other);
    }

    pub(super) fn unacknowledged(&self) -> usize {
        self.pair().pipes[self.side].in_flight.len()
    }
}

impl Drop for MemoryStream {
    fn drop(&mut self) {
        if self.closed {
            return;
        }
        let other = self.other();
        let has_unread = {
            let pipe = &self.pair().pipes[other];
            pipe.in_window.len() + pipe.in_flight.len() > 0
        };
        if has_unread {
            return self.close_with_reset();
        }
        self.shutdown_write();
        self.pair().ends[other].abandoned = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stream: &MemoryStream) -> io::Result<Vec<u8>> {
        let mut space = [0; 64];
        let count = stream.try_read(&mut space)?;
        Ok(space[..count].to_vec())
    }

    #[test]
    fn a_write_past_window_and_send_buffer_would_block() {
        let (a, b) = pair(4, 2);
        assert_eq!(a.try_write(b"12345678").unwrap(), 6);
        assert_eq!(a.unacknowledged(), 2);
        let full = a.try_write(b"7").unwrap_err();
        assert_eq!(full.kind(), io::ErrorKind::WouldBlock);
        assert_eq!(read(&b).unwrap(), b"1234");
        assert_eq!((a.unacknowledged(), read(&b).unwrap()), (0, b"56".to_vec()));
        assert_eq!(read(&b).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn a_reset_discards_the_send_buffer_and_leaves_the_window() {
        let (a, b) = pair(4, 2);
        a.try_write(b"123456").unwrap();
        b.try_write(b"x").unwrap();
        a.reset();
        assert_eq!(read(&b).unwrap(), b"1234");
        assert_eq!(read(&b).unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(read(&b).unwrap(), b"", "the error is reported once");
        assert_eq!(
            b.try_write(b"y").unwrap_err().kind(),
            io::ErrorKind::BrokenPipe
        );
    }

    #[test]
    fn a_drop_with_unread_bytes_resets_and_one_without_ends() {
        let (a, b) = pair(4, 2);
        a.try_write(b"1").unwrap();
        drop(a);
        assert_eq!(read(&b).unwrap(), b"1");
        assert_eq!(read(&b).unwrap(), b"");
        assert!(b.try_write(b"2").is_err(), "nobody is there to take it");
        let (a, b) = pair(4, 2);
        b.try_write(b"1").unwrap();
        drop(a);
        assert_eq!(read(&b).unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    }
}
