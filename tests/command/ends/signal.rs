//! Sends signals, and waits for their effect.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, kill_process};

use support::Server;

pub use rustix::process::Signal;

/// How long the server may take to exit after it was told to.
pub const END_LIMIT: Duration = Duration::from_secs(2);

/// Sends a signal to a process that was not waited for yet.
pub fn send(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

/// SIGTERM and SIGINT alternately.
pub fn nth(round: u32) -> Signal {
    match round % 2 {
        0 => Signal::TERM,
        _ => Signal::INT,
    }
}

/// Waits for the exit, which must come within `limit` of `since` with exit code 0. Returns when it
/// came.
pub fn ends_well(server: &Server, since: Instant, limit: Duration) -> Duration {
    let left = limit.saturating_sub(since.elapsed());
    let status = server.wait_exit(left);
    let status = status.unwrap_or_else(|| panic!("it runs after {limit:?}; {}", server.log_text()));
    assert_eq!(status.code(), Some(0), "{status}; {}", server.log_text());
    since.elapsed()
}

/// Waits until an address has no listener any more. An attempt that still meets one is reset: an orderly end
/// would leave a half-closed connection, for whose other half a drain waits.
pub fn wait_until_refused(address: SocketAddr, server: &Server) {
    let deadline = Instant::now() + END_LIMIT;
    loop {
        match TcpStream::connect_timeout(&address, END_LIMIT) {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => return,
            Ok(stream) => socket2::SockRef::from(&stream)
                .set_linger(Some(Duration::ZERO))
                .unwrap(),
            Err(_) => {}
        }
        thread::sleep(Duration::from_millis(2));
        let log = || server.log_text();
        assert!(Instant::now() < deadline, "{address} is open; {}", log());
    }
}
