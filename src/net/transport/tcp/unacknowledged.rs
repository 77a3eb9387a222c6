//! How many bytes the system has yet to deliver to a TCP peer.
//!
//! A reset discards them, so a caller that passes on a reset waits until there are none. No event
//! reports that moment: a socket becomes writable long before it.

use tokio::net::TcpStream;

/// Bytes that were written and that the peer's system has not acknowledged. An error counts as
/// none, because the socket is gone then.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[expect(unsafe_code, reason = "there is no safe way to ask for it")]
pub(crate) fn bytes(stream: &TcpStream) -> Option<usize> {
    use rustix::ioctl::{Getter, Opcode, ioctl};
    // SIOCOUTQ has the same number as TIOCOUTQ, which differs between processor architectures.
    const SIOCOUTQ: Opcode = libc::TIOCOUTQ as Opcode;
    // SAFETY: SIOCOUTQ writes one int to the given address and changes nothing else.
    let waiting = unsafe { ioctl(stream, Getter::<SIOCOUTQ, libc::c_int>::new()) };
    Some(waiting.map_or(0, |bytes| usize::try_from(bytes).unwrap_or(0)))
}

/// Bytes that were written and that the peer's system has not acknowledged. An error counts as
/// none, because the socket is gone then.
#[cfg(target_vendor = "apple")]
#[expect(unsafe_code, reason = "there is no safe way to ask for it")]
pub(crate) fn bytes(stream: &TcpStream) -> Option<usize> {
    use std::os::fd::AsRawFd;
    let mut waiting: libc::c_int = 0;
    let mut size = size_of_val(&waiting) as libc::socklen_t;
    // SAFETY: the descriptor is open; SO_NWRITE writes one int, and `waiting` has room for it.
    let failed = unsafe {
        libc::getsockopt(
            stream.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_NWRITE,
            (&raw mut waiting).cast(),
            &raw mut size,
        )
    };
    if failed != 0 {
        return Some(0);
    }
    Some(usize::try_from(waiting).unwrap_or(0))
}

/// This system does not report the number.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(crate) fn bytes(_: &TcpStream) -> Option<usize> {
    None
}
