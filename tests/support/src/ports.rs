//! Free TCP ports; each is returned only once per process.
//!
//! The ports lie below the range from which systems take ephemeral ports (Linux: 32768 and up), so
//! that no test's outgoing connection can take a port that a proxy is about to listen on.

use std::io::ErrorKind;
use std::net::{Ipv6Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use socket2::{Domain, Protocol, Socket, Type};

const FIRST: u32 = 12_000;
const COUNT: u32 = 16_000;

/// A port in 12000..28000 on which nothing listens, on IPv4 and on IPv6. One process gets no port
/// twice until all 16,000 have been used.
pub fn free_port() -> u16 {
    static NEXT: OnceLock<AtomicU32> = OnceLock::new();
    // Test binaries that run at the same time start at different ports.
    let next = NEXT.get_or_init(|| AtomicU32::new(std::process::id().wrapping_mul(977)));
    for _ in 0..COUNT {
        let candidate = FIRST + next.fetch_add(1, Ordering::Relaxed) % COUNT;
        let port = u16::try_from(candidate).expect("the range ends below 65536");
        if is_free(port) {
            return port;
        }
    }
    panic!("no free port in {FIRST}..{}", FIRST + COUNT);
}

/// Whether a server could listen on `port` now, on all addresses of both families.
pub fn is_free(port: u16) -> bool {
    apart_from_spawning(|| TcpListener::bind(("0.0.0.0", port)).is_ok() && is_free_on_v6(port))
}

/// Runs `work` while no other thread runs this function, so that no process is started meanwhile.
///
/// A new process inherits all our sockets until its `exec`. A listener that is closed in that
/// moment keeps listening, and its port cannot be bound again. Code that closes a listener and
/// reuses its port, and code that starts a process, must therefore run in here.
pub fn apart_from_spawning<R>(work: impl FnOnce() -> R) -> R {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    work()
}

fn is_free_on_v6(port: u16) -> bool {
    let attempt = || {
        let socket = Socket::new(Domain::IPV6, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_only_v6(true)?;
        socket.set_reuse_address(true)?;
        socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)).into())?;
        socket.listen(1)
    };
    // A machine without IPv6 has no listener on the port there either.
    attempt().map_or_else(|error| error.kind() != ErrorKind::AddrInUse, |()| true)
}
