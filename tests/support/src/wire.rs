//! Blocking socket reads and writes with a deadline.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long one write may block before the writer looks at its deadline and its stop flag again.
const WRITE_SLICE: Duration = Duration::from_millis(50);

/// Connects to `addr` (`HOST:PORT`, IPv6 in brackets), with TCP_NODELAY.
///
/// # Errors
/// The error for the last address if none of the host's addresses answers within `limit`.
pub fn connect(addr: &str, limit: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::new(ErrorKind::NotFound, format!("{addr} has no address"));
    for address in addr.to_socket_addrs()? {
        match connect_to(address, limit) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Connects to one address, with TCP_NODELAY.
///
/// # Errors
/// The system's error, or `TimedOut` after `limit`.
pub fn connect_to(address: SocketAddr, limit: Duration) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, limit)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// One read of at most `buffer.len()` bytes; 0 means end of file.
///
/// # Errors
/// `TimedOut` if nothing arrives by `deadline`; otherwise the socket's error, such as a reset.
pub fn read_by(stream: &TcpStream, buffer: &mut [u8], deadline: Instant) -> io::Result<usize> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // A socket timeout of zero would mean none. Data that has already arrived may always be
        // read.
        stream.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        match (&*stream).read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if is_timeout(&error) => {
                if Instant::now() >= deadline {
                    return Err(ErrorKind::TimedOut.into());
                }
            }
            other => return other,
        }
    }
}

/// Writes all of `bytes`.
///
/// # Errors
/// `TimedOut` if it is not done by `deadline`, `Interrupted` if `stop` becomes true before that,
/// otherwise the socket's error.
pub fn write_all_by(
    stream: &TcpStream,
    mut bytes: &[u8],
    deadline: Instant,
    stop: &AtomicBool,
) -> io::Result<()> {
    stream.set_write_timeout(Some(WRITE_SLICE))?;
    while !bytes.is_empty() {
        if stop.load(Ordering::Relaxed) {
            return Err(ErrorKind::Interrupted.into());
        }
        match (&*stream).write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if is_timeout(&error) => {
                if Instant::now() >= deadline {
                    return Err(ErrorKind::TimedOut.into());
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether `error` says that a socket's time limit passed (systems differ in the kind).
pub fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
