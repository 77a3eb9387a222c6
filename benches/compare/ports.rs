//! Ports of 127.0.0.1 to listen on.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering::SeqCst};

use crate::fault::{Result, fault};

/// Below the ephemeral ports, so that none of the harness's thousands of outgoing connections can
/// take one between the check and its use.
const FIRST: u16 = 18_000;
const COUNT: u16 = 14_000;

/// A port on which nothing listens, and that was not returned before.
pub fn free() -> Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Two harnesses start at different ports.
    let start = (std::process::id() % u32::from(COUNT)) as u16;
    (0..COUNT)
        .map(|_| FIRST + (NEXT.fetch_add(1, SeqCst) % COUNT + start) % COUNT)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .ok_or_else(|| fault(format!("no free port from {FIRST} on")))
}
