//! The transport seam: a connected byte stream, independent of what carries it.
//!
//! Links, peers and connections use a [`Stream`] and never a socket. It is an enum rather than a
//! trait object, so that a read or a write on TCP costs one predictable branch.
//!
//! Each operation means the same for every transport. Where a transport lacks an operation, the
//! table says what happens instead:
//!
//! | operation | TCP | built in (`echo:`) | in memory (tests) | a transport that buffers, such as TLS |
//! | --- | --- | --- | --- | --- |
//! | [`Stream::poll_readable`] | the socket has bytes, its end or an error | it has answered or ended | as TCP | also while decrypted bytes wait and the socket is silent |
//! | [`Stream::try_read`] | bytes in order, 0 at the peer's FIN | as TCP | as TCP | 0 at the peer's `close_notify` or FIN |
//! | [`Stream::wants_write`] | never | never | when a test says so | when a read owes a write, such as a key update |
//! | [`Stream::flush`] | nothing to do | nothing to do | pays what is owed | sends what is owed |
//! | [`Stream::shutdown_write`] | FIN | its answer ends too | its end | what is owed, `close_notify`, then FIN |
//! | [`Stream::reset`] | RST | nobody notices | an error at the other end | RST, without `close_notify` |
//! | [`Stream::lost`] | an RST or a failure has come | never | as TCP | that of the socket below |
//! | [`Stream::hung_up`] | an RST has come, or a FIN, whose bytes may be unread | never | as TCP | that of the socket below |
//! | [`Stream::unacknowledged`] | what the peer's system has not acknowledged; `None` where the system does not say | nothing | what does not fit the receiver's window | that of the socket below |
//!
//! A stream that is still being dialled ([`deferred`]) can be neither read nor written until the dial
//! has ended, and then is what was dialled.
//!
//! Dropping a stream closes it at once. [`Peer`](super::peer::Peer) decides what the other end is
//! sent before that, and whether it sees FIN or RST. TCP's urgent bytes stay in the stream, where
//! they are read like other bytes; no transport has a separate channel for them.
//!
//! Must not know: links, pipelines, why a stream ends.

pub(super) mod built_in;
pub(super) mod deferred;
#[cfg(test)]
pub(super) mod memory;
pub(super) mod tcp;

use std::future::{Future, pending, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::net::TcpStream;

use built_in::BuiltInStream;
use deferred::Deferred;

/// A connected byte stream. One task polls it; reads and writes may overlap.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    /// An upstream that this program plays itself. Boxed, because most streams are sockets.
    BuiltIn(Box<BuiltInStream>),
    /// An upstream that is still being dialled, or was while its connection was running. Boxed, so
    /// that it does not enlarge the others.
    Deferred(Box<Deferred<Stream>>),
    /// A pair of byte pipes, for tests without sockets.
    #[cfg(test)]
    Memory(memory::MemoryStream),
}

/// What [`Stream::lost`] and [`Stream::hung_up`] return.
pub(super) type Lost<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

impl Stream {
    /// Ready when a read would return bytes, the peer's end or an error. Errors: the runtime is
    /// shutting down.
    pub(super) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::Tcp(stream) => stream.poll_read_ready(context),
            Stream::BuiltIn(stream) => stream.poll_readable(context).map(Ok),
            Stream::Deferred(deferred) => match deferred.stream() {
                Some(stream) => stream.poll_readable(context),
                None => deferred.poll_readable(),
            },
            #[cfg(test)]
            Stream::Memory(stream) => stream.poll_readable(context).map(Ok),
        }
    }

    /// Waits until [`poll_readable`](Self::poll_readable) is ready.
    pub(super) async fn readable(&self) -> io::Result<()> {
        poll_fn(|context| self.poll_readable(context)).await
    }

    /// Ready when a write would accept bytes or fail. Errors: the runtime is shutting down.
    pub(super) fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::Tcp(stream) => stream.poll_write_ready(context),
            Stream::BuiltIn(stream) => stream.poll_writable(context).map(Ok),
            Stream::Deferred(deferred) => match deferred.stream() {
                Some(stream) => stream.poll_writable(context),
                None => deferred.poll_writable(),
            },
            #[cfg(test)]
            Stream::Memory(stream) => stream.poll_writable(context).map(Ok),
        }
    }

    /// Reads once without waiting: `WouldBlock` if there is nothing yet, 0 at the peer's end.
    pub(super) fn try_read(&self, space: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.try_read(space),
            Stream::BuiltIn(stream) => stream.try_read(space),
            Stream::Deferred(deferred) => match deferred.stream() {
                Some(stream) => stream.try_read(space),
                None => deferred.try_read(),
            },
            #[cfg(test)]
            Stream::Memory(stream) => stream.try_read(space),
        }
    }

    /// Writes once without waiting: `WouldBlock` if no bytes can be taken now.
    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => tcp::try_write(stream, bytes),
            Stream::BuiltIn(stream) => stream.try_write(bytes),
            Stream::Deferred(deferred) => match deferred.stream() {
                Some(stream) => stream.try_write(bytes),
                None => deferred.try_write(bytes),
            },
            #[cfg(test)]
            Stream::Memory(stream) => stream.try_write(bytes),
        }
    }

    /// Whether the transport has bytes of its own to send, such as protocol messages. A task that
    /// waits on the stream must then also wait for [`poll_writable`](Self::poll_writable), and call
    /// [`flush`](Self::flush).
    pub(super) fn wants_write(&self) -> bool {
        match self {
            Stream::Tcp(_) | Stream::BuiltIn(_) => false,
            Stream::Deferred(deferred) => deferred.stream().is_some_and(Stream::wants_write),
            #[cfg(test)]
            Stream::Memory(stream) => stream.wants_write(),
        }
    }

    /// Sends the transport's own bytes, as far as the socket takes them now. The next read reports
    /// a failure.
    pub(super) fn flush(&self) {
        match self {
            Stream::Tcp(_) | Stream::BuiltIn(_) => {}
            Stream::Deferred(deferred) => deferred.stream().into_iter().for_each(Stream::flush),
            #[cfg(test)]
            Stream::Memory(stream) => stream.flush(),
        }
    }

    /// Ends our side after all bytes that were written; reading remains possible.
    pub(super) fn shutdown_write(&self) {
        match self {
            Stream::Tcp(stream) => tcp::shutdown_write(stream),
            Stream::BuiltIn(stream) => stream.shutdown_write(),
            Stream::Deferred(deferred) => match deferred.stream() {
                Some(stream) => stream.shutdown_write(),
                None => deferred.shutdown_write(),
            },
            #[cfg(test)]
            Stream::Memory(stream) => stream.shutdown_write(),
        }
    }

    /// Closes abruptly: the other end sees an error, and bytes not yet sent to it are lost.
    pub(super) fn reset(self) {
        match self {
            Stream::Tcp(stream) => tcp::reset_on_close(&stream),
            Stream::BuiltIn(_) => {}
            Stream::Deferred(deferred) => {
                deferred.into_stream().into_iter().for_each(Stream::reset)
            }
            #[cfg(test)]
            Stream::Memory(stream) => stream.reset(),
        }
    }

    /// Waits until the peer has reset the stream, even while nothing reads from it. It does not
    /// consume the error: the next read or write reports it.
    pub(super) fn lost(&self) -> Lost<'_> {
        match self {
            Stream::Tcp(stream) => Box::pin(tcp::lost(stream)),
            Stream::BuiltIn(_) => Box::pin(pending()),
            Stream::Deferred(deferred) => Box::pin(async { deferred.dialled().await.lost().await }),
            #[cfg(test)]
            Stream::Memory(stream) => Box::pin(poll_fn(|context| stream.poll_lost(context))),
        }
    }

    /// Waits until the peer has ended its side or has been lost, without reading what it sent before.
    pub(super) fn hung_up(&self) -> Lost<'_> {
        match self {
            Stream::Tcp(stream) => Box::pin(tcp::hung_up(stream)),
            // Nothing but an upstream is built in, and it ends only after its client.
            Stream::BuiltIn(_) => Box::pin(pending()),
            Stream::Deferred(deferred) => {
                Box::pin(async { deferred.dialled().await.hung_up().await })
            }
            #[cfg(test)]
            Stream::Memory(stream) => Box::pin(poll_fn(|context| stream.poll_hung_up(context))),
        }
    }

    /// Takes the stream's pending error. For a stream that is no longer read.
    pub(super) fn take_error(&self) -> Option<io::Error> {
        match self {
            Stream::Tcp(stream) => stream.take_error().ok().flatten(),
            Stream::BuiltIn(_) => None,
            Stream::Deferred(deferred) => match deferred.stream() {
                Some(stream) => stream.take_error(),
                None => None,
            },
            #[cfg(test)]
            Stream::Memory(stream) => stream.take_error(),
        }
    }

    /// Bytes that were written and that a reset would discard, because the peer's system has not
    /// acknowledged them. `None` if the system does not report it.
    pub(super) fn unacknowledged(&self) -> Option<usize> {
        match self {
            Stream::Tcp(stream) => tcp::unacknowledged::bytes(stream),
            Stream::BuiltIn(_) => Some(0),
            Stream::Deferred(deferred) => match deferred.stream() {
                Some(stream) => stream.unacknowledged(),
                None => Some(0),
            },
            #[cfg(test)]
            Stream::Memory(stream) => Some(stream.unacknowledged()),
        }
    }

    /// Ends the dial of a deferred stream: with what was dialled, or with a failure.
    pub(super) fn settle(&self, dialled: Option<Stream>) {
        if let Stream::Deferred(deferred) = self {
            deferred.settle(dialled, Stream::shutdown_write);
        }
    }

    /// The stream that was dialled, if this one was deferred; `None` if there is none.
    pub(super) fn into_dialled(self) -> Option<Stream> {
        match self {
            Stream::Deferred(deferred) => deferred.into_stream(),
            stream => Some(stream),
        }
    }
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        Stream::Tcp(stream)
    }
}

impl From<BuiltInStream> for Stream {
    fn from(stream: BuiltInStream) -> Self {
        Stream::BuiltIn(Box::new(stream))
    }
}

impl From<Deferred<Stream>> for Stream {
    fn from(stream: Deferred<Stream>) -> Self {
        Stream::Deferred(Box::new(stream))
    }
}

#[cfg(test)]
mod deferred_tests;
