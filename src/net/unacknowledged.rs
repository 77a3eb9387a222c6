//! How many bytes the system has still to deliver to a peer.
//!
//! A reset throws them away, so whoever passes a reset on waits until there are none. No event tells
//! of that moment: a socket becomes writable long before.

use tokio::net::TcpStream;

/// Whether this system says.
pub(super) const IS_KNOWN: bool = cfg!(any(
    target_os = "linux",
    target_os = "android",
    target_vendor = "apple"
));

/// Bytes that were written and that the peer's system has not acknowledged. 0 where this system does
/// not say.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[expect(unsafe_code, reason = "there is no safe way to ask for it")]
pub(super) fn bytes(stream: &TcpStream) -> usize {
    use rustix::ioctl::{Getter, Opcode, ioctl};
    // SIOCOUTQ has the number of TIOCOUTQ, which differs between processors.
    const SIOCOUTQ: Opcode = libc::TIOCOUTQ as Opcode;
    // SAFETY: SIOCOUTQ writes one int to where it is told to, and changes nothing.
    let waiting = unsafe { ioctl(stream, Getter::<SIOCOUTQ, libc::c_int>::new()) };
    waiting.map_or(0, |bytes| usize::try_from(bytes).unwrap_or(0))
}

/// Bytes that were written and that the peer's system has not acknowledged. 0 where this system does
/// not say.
#[cfg(target_vendor = "apple")]
#[expect(unsafe_code, reason = "there is no safe way to ask for it")]
pub(super) fn bytes(stream: &TcpStream) -> usize {
    use std::os::fd::AsRawFd;
    let mut waiting: libc::c_int = 0;
    let mut size = size_of_val(&waiting) as libc::socklen_t;
    // SAFETY: the descriptor is open; SO_NWRITE writes one int, for which there is room.
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
        return 0;
    }
    usize::try_from(waiting).unwrap_or(0)
}

/// This system does not say: 0.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(super) fn bytes(_: &TcpStream) -> usize {
    0
}
