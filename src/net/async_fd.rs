//! Registers file descriptors that tokio has no type for, such as timerfds and polled listeners.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Registers a descriptor with the current tokio runtime.
#[expect(unsafe_code, reason = "tokio has no safe way to register a descriptor")]
pub(super) fn register(fd: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an OwnedFd is an open descriptor, stays open until it is dropped, and always
    // returns the same number; it is moved into the AsyncFd, which is never taken apart.
    Ok(unsafe { AsyncFd::register_with_interest(fd, interest)? })
}
