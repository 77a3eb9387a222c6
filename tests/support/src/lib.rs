//! What integration tests share: the real server as a child process, a plain HTTP client, free
//! ports, and upstream servers to put behind a proxy.
//!
//! It knows the server only by its command line and its sockets. It uses nothing of the crate's
//! library, so that tests check observable behaviour and not internal state. It uses blocking
//! sockets with timeouts and plain threads; no async runtime.
//!
//! ```ignore
//! let server = support::Server::start(&["-proxy-metrics"]);
//! let echo = support::upstream::echo();
//! let answer = server.api("GET", "/version", "");
//! assert_eq!(answer.status, 200);
//! ```

pub mod child;
pub mod hole;
pub mod http;
#[cfg(unix)]
pub mod local;
pub mod metrics;
pub mod ports;
#[cfg(unix)]
pub mod postgres;
#[cfg(target_os = "linux")]
pub mod process;
pub mod rig;
pub mod server;
mod serving;
pub mod upstream;
pub mod wire;

/// Whether load tests run at the size at which defects were found (`HOSTILE=full`), instead of a
/// size that CI can bear.
pub fn is_full_size() -> bool {
    std::env::var("HOSTILE").is_ok_and(|size| size == "full")
}

/// Prints why a test is skipped. Panics in CI, where a missing requirement must not go unnoticed.
pub fn skip(reason: &str) {
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!ci, "{reason}");
    eprintln!("skipped: {reason}");
}

pub use http::{Kept, Request, Response};
pub use ports::free_port;
pub use server::{ScratchFile, Server};
pub use serving::pattern;
pub use upstream::{Kind, Upstream};
