//! The stream of a built-in upstream: one object that plays the server's whole side of a connection.
//!
//! No socket, task or copy loop stands behind it, so it has no other end. A write is what the server
//! receives, and a read is what it has answered. The task of the connection is the only one that
//! polls it. Each answers the end of the client's bytes with its own end, after all its bytes, so
//! that a client that closes leaves nothing behind.
//!
//! It never fails and is never lost. It acknowledges every byte that it takes, and a reset only drops it.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use crate::net::built_in::BuiltIn;

/// The bytes that an upstream takes before a reader makes room for more: as much as a proxy keeps for
/// each direction anyway, and about what a system keeps for a server that does not read.
const WINDOW: usize = 64 * 1024;

/// An empty buffer of at most this many bytes is kept for the next answer.
const KEPT: usize = 4 * 1024;

/// The proxy's end of a connection to a built-in upstream.
#[derive(Debug)]
pub(in crate::net) struct BuiltInStream {
    built_in: BuiltIn,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What `echo:` has still to send back.
    answer: VecDeque<u8>,
    /// How many bytes `silent:` has taken.
    taken: usize,
    /// No more bytes come.
    ended: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl State {
    /// How many bytes it takes now.
    fn room(&self, built_in: BuiltIn) -> usize {
        match built_in {
            BuiltIn::Echo => WINDOW.saturating_sub(self.answer.len()),
            BuiltIn::Discard => usize::MAX,
            BuiltIn::Silent => WINDOW.saturating_sub(self.taken),
        }
    }

    fn take(&mut self, built_in: BuiltIn, bytes: &[u8]) {
        match built_in {
            BuiltIn::Echo => self.answer.extend(bytes),
            BuiltIn::Discard => {}
            BuiltIn::Silent => self.taken += bytes.len(),
        }
    }

    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        // The buffer is a ring, so its bytes are in up to two parts.
        while count < space.len() && !self.answer.is_empty() {
            count += self
                .answer
                .read(space.get_mut(count..).unwrap_or_default())?;
        }
        if self.answer.is_empty() && self.answer.capacity() > KEPT {
            self.answer = VecDeque::new();
        }
        match count {
            0 if !self.ended => Err(io::ErrorKind::WouldBlock.into()),
            count => Ok(count),
        }
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

fn ready_or(is_ready: bool, waker: &mut Option<Waker>, context: &mut Context<'_>) -> Poll<()> {
    if is_ready {
        return Poll::Ready(());
    }
    match waker {
        Some(waker) => waker.clone_from(context.waker()),
        None => *waker = Some(context.waker().clone()),
    }
    Poll::Pending
}

impl BuiltInStream {
    pub(in crate::net) fn new(built_in: BuiltIn) -> Self {
        BuiltInStream {
            built_in,
            state: Mutex::default(),
        }
    }

    pub(super) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<()> {
        let state = &mut *self.state.lock();
        let is_ready = state.ended || !state.answer.is_empty();
        ready_or(is_ready, &mut state.reader, context)
    }

    pub(super) fn poll_writable(&self, context: &mut Context<'_>) -> Poll<()> {
        let state = &mut *self.state.lock();
        let is_ready = state.room(self.built_in) > 0;
        ready_or(is_ready, &mut state.writer, context)
    }

    pub(super) fn try_read(&self, space: &mut [u8]) -> io::Result<usize> {
        let mut state = self.state.lock();
        let count = state.read(space)?;
        wake(&mut state.writer);
        Ok(count)
    }

    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.state.lock();
        let count = bytes.len().min(state.room(self.built_in));
        let Some(bytes) = bytes.get(..count).filter(|bytes| !bytes.is_empty()) else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        state.take(self.built_in, bytes);
        wake(&mut state.reader);
        Ok(count)
    }

    pub(super) fn shutdown_write(&self) {
        let mut state = self.state.lock();
        state.ended = true;
        wake(&mut state.reader);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn read(stream: &BuiltInStream, most: usize) -> Option<Vec<u8>> {
        let mut space = vec![0; most];
        match stream.try_read(&mut space) {
            Ok(count) => Some(space[..count].to_vec()),
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                None
            }
        }
    }

    fn would_block(stream: &BuiltInStream) -> bool {
        stream.try_write(b"x").is_err()
    }

    #[test]
    fn echo_returns_every_byte_in_order_and_then_its_end() {
        let stream = BuiltInStream::new(BuiltIn::Echo);
        let bytes: Vec<u8> = (0..300_000_u32).map(|index| (index % 251) as u8).collect();
        let (mut written, mut all) = (0, Vec::new());
        while all.len() < bytes.len() {
            // Odd sizes make the ring's bytes wrap around.
            if let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
                written += stream.try_write(&rest[..rest.len().min(7919)]).unwrap_or(0);
            }
            all.extend(read(&stream, 5003).unwrap());
        }
        assert_eq!((all == bytes, read(&stream, 8)), (true, None));
        stream.try_write(b"last").unwrap();
        stream.shutdown_write();
        assert_eq!(read(&stream, 8).unwrap(), b"last");
        assert_eq!(read(&stream, 8).unwrap(), b"");
    }

    #[test]
    fn echo_takes_a_window_and_then_waits_for_its_reader() {
        let stream = BuiltInStream::new(BuiltIn::Echo);
        assert_eq!(stream.try_write(&vec![1; 2 * WINDOW]).unwrap(), WINDOW);
        assert!(would_block(&stream));
        let counter = Arc::new(Counter::default());
        let waker = Arc::clone(&counter).into();
        let mut context = Context::from_waker(&waker);
        assert!(stream.poll_writable(&mut context).is_pending());
        assert_eq!(read(&stream, 10).unwrap().len(), 10);
        assert_eq!(counter.0.load(Ordering::Relaxed), 1);
        assert!(stream.poll_writable(&mut context).is_ready());
        assert_eq!(stream.try_write(&[2; 11]).unwrap(), 10);
    }

    #[test]
    fn a_waiting_reader_is_woken_by_bytes_and_by_the_end() {
        for built_in in BuiltIn::ALL {
            let stream = BuiltInStream::new(built_in);
            let counter = Arc::new(Counter::default());
            let waker = Arc::clone(&counter).into();
            let mut context = Context::from_waker(&waker);
            assert!(stream.poll_readable(&mut context).is_pending());
            if built_in == BuiltIn::Echo {
                stream.try_write(b"x").unwrap();
                assert!(stream.poll_readable(&mut context).is_ready());
                assert_eq!(read(&stream, 8).unwrap(), b"x");
                assert!(stream.poll_readable(&mut context).is_pending());
            }
            let before = counter.0.load(Ordering::Relaxed);
            stream.shutdown_write();
            assert_eq!(counter.0.load(Ordering::Relaxed), before + 1);
            assert!(stream.poll_readable(&mut context).is_ready());
            assert_eq!(read(&stream, 8).unwrap(), b"");
        }
    }

    #[test]
    fn an_emptied_echo_keeps_no_large_buffer() {
        let stream = BuiltInStream::new(BuiltIn::Echo);
        stream.try_write(&vec![1; WINDOW]).unwrap();
        assert_eq!(read(&stream, 2 * WINDOW).unwrap().len(), WINDOW);
        assert!(stream.state.lock().answer.capacity() <= KEPT);
    }

    #[test]
    fn discard_takes_everything_and_silent_a_window() {
        let discard = BuiltInStream::new(BuiltIn::Discard);
        for _ in 0..10 {
            assert_eq!(discard.try_write(&vec![1; WINDOW]).unwrap(), WINDOW);
        }
        assert_eq!(read(&discard, 8), None);
        let silent = BuiltInStream::new(BuiltIn::Silent);
        assert_eq!(silent.try_write(&vec![1; WINDOW - 1]).unwrap(), WINDOW - 1);
        assert_eq!(silent.try_write(b"two").unwrap(), 1);
        assert!(would_block(&silent));
        assert_eq!(read(&silent, 8), None);
    }
}
