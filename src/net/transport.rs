//! The transport seam: a connected byte stream, whatever carries it.
//!
//! Links, peers and connections talk to a [`Stream`] and never to a socket. An enum and not a trait
//! object, so that a read or a write on TCP costs one predictable branch.
//!
//! Each operation has one meaning for every transport, and a documented one where a transport has
//! no such thing:
//!
//! | operation | TCP | in memory (tests) | a transport that buffers, such as TLS |
//! | --- | --- | --- | --- |
//! | [`Stream::poll_readable`] | the socket has bytes, its end or an error | the same | also while decrypted bytes wait and the socket is silent |
//! | [`Stream::try_read`] | bytes in order, 0 at the peer's FIN | the same | 0 at the peer's `close_notify` or FIN |
//! | [`Stream::wants_write`] | never | when a test says so | when a read owes a write, such as a key update |
//! | [`Stream::flush`] | nothing to do | pays what is owed | sends what is owed |
//! | [`Stream::shutdown_write`] | FIN | its end | what is owed, `close_notify`, then FIN |
//! | [`Stream::reset`] | RST | an error at the other end | RST, without `close_notify` |
//! | [`Stream::unacknowledged`] | what the peer's system has not acknowledged; `None` where the system does not say | what does not fit the receiver's window | that of the socket below |
//!
//! Dropping a stream closes it at once. What a peer was sent before that, and whether it sees FIN or
//! RST, is the business of [`Peer`](super::peer::Peer). TCP's urgent bytes stay in the stream, where
//! they are read like others; no transport has a separate way for them.
//!
//! Must not know: links, pipelines, why a stream ends.

#[cfg(test)]
pub(super) mod memory;
pub(super) mod tcp;

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::net::TcpStream;

/// A connected byte stream. One task polls it; reads and writes do not exclude each other.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    /// A pair of byte pipes, for tests without sockets.
    #[cfg(test)]
    Memory(memory::MemoryStream),
}

/// What [`Stream::lost`] returns.
pub(super) type Lost<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

impl Stream {
    /// Ready when a read would bring bytes, the peer's end or an error. Errors: the runtime ends.
    pub(super) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::Tcp(stream) => stream.poll_read_ready(context),
            #[cfg(test)]
            Stream::Memory(stream) => stream.poll_readable(context).map(Ok),
        }
    }

    /// Waits until [`poll_readable`](Self::poll_readable) is ready.
    pub(super) async fn readable(&self) -> io::Result<()> {
        poll_fn(|context| self.poll_readable(context)).await
    }

    /// Ready when a write would take bytes or fail. Errors: the runtime ends.
    pub(super) fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::Tcp(stream) => stream.poll_write_ready(context),
            #[cfg(test)]
            Stream::Memory(stream) => stream.poll_writable(context).map(Ok),
        }
    }

    /// Reads once, without waiting: `WouldBlock` if there is nothing yet, 0 at the peer's end.
    pub(super) fn try_read(&self, space: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.try_read(space),
            #[cfg(test)]
            Stream::Memory(stream) => stream.try_read(space),
        }
    }

    /// Writes once, without waiting: `WouldBlock` if nothing can be taken now.
    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => tcp::try_write(stream, bytes),
            #[cfg(test)]
            Stream::Memory(stream) => stream.try_write(bytes),
        }
    }

    /// Whether the transport has bytes of its own to send that nobody has written. Whoever waits on
    /// the stream then waits for [`poll_writable`](Self::poll_writable) too, and calls
    /// [`flush`](Self::flush).
    pub(super) fn wants_write(&self) -> bool {
        match self {
            Stream::Tcp(_) => false,
            #[cfg(test)]
            Stream::Memory(stream) => stream.wants_write(),
        }
    }

    /// Sends what the transport owes, as far as the socket takes it now. A failure shows at the next
    /// read.
    pub(super) fn flush(&self) {
        match self {
            Stream::Tcp(_) => {}
            #[cfg(test)]
            Stream::Memory(stream) => stream.flush(),
        }
    }

    /// Ends our side, behind all that was written; reading goes on.
    pub(super) fn shutdown_write(&self) {
        match self {
            Stream::Tcp(stream) => tcp::shutdown_write(stream),
            #[cfg(test)]
            Stream::Memory(stream) => stream.shutdown_write(),
        }
    }

    /// Closes abruptly: the other end sees an error, and what it has not been sent yet is lost.
    pub(super) fn reset(self) {
        match self {
            Stream::Tcp(stream) => tcp::reset_on_close(&stream),
            #[cfg(test)]
            Stream::Memory(stream) => stream.reset(),
        }
    }

    /// Waits until the peer has reset the stream, also while nobody reads. It does not take the
    /// error: the next read or write reports that.
    pub(super) fn lost(&self) -> Lost<'_> {
        match self {
            Stream::Tcp(stream) => Box::pin(tcp::lost(stream)),
            #[cfg(test)]
            Stream::Memory(stream) => Box::pin(poll_fn(|context| stream.poll_lost(context))),
        }
    }

    /// Takes the error that the stream has met, for a stream that is not read any more.
    pub(super) fn take_error(&self) -> Option<io::Error> {
        match self {
            Stream::Tcp(stream) => stream.take_error().ok().flatten(),
            #[cfg(test)]
            Stream::Memory(stream) => stream.take_error(),
        }
    }

    /// Bytes that were written and that a reset would throw away, because the peer's system has not
    /// acknowledged them. `None`: the system does not say.
    pub(super) fn unacknowledged(&self) -> Option<usize> {
        match self {
            Stream::Tcp(stream) => tcp::unacknowledged::bytes(stream),
            #[cfg(test)]
            Stream::Memory(stream) => Some(stream.unacknowledged()),
        }
    }
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        Stream::Tcp(stream)
    }
}
