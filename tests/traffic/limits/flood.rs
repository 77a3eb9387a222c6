//! Connections that are sent more than may wait inside, and how much of it does.

use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use support::metrics;
use support::rig::{Peer, Rig};
use support::{Kind, upstream};

pub const KIB: u64 = 1024;
pub const MIB: u64 = 1024 * KIB;
/// More than the system's own buffers hold, so that a sender notices when nobody reads.
pub const FLOOD: u64 = 24 * MIB;
/// Bytes of each link that always may wait.
pub const FREE: u64 = 64 * KIB;

/// For so long nothing may have come before all that may come has.
const QUIET: Duration = Duration::from_millis(400);
/// How long that may take; less than senders wait.
const SETTLED: Duration = Duration::from_secs(5);

/// A server that counts, with an upstream whose connections the test has.
pub fn start(args: &[&str]) -> Rig {
    Rig::with_args(Kind::Manual, &[&["-proxy-metrics"], args].concat())
}

/// Adds a latency that no test waits for.
pub fn hold(rig: &Rig, direction: &str) {
    rig.add(
        &json!({"type": "latency", "name": "hold", "stream": direction,
        "attributes": {"latency": 60_000}}),
    );
}

pub fn release(rig: &Rig) {
    rig.toxic("DELETE", "hold", &Value::Null);
}

/// Bytes that all connections of `p` have been sent so far in a direction, and passed on.
fn counts(rig: &Rig, direction: &str) -> (u64, u64) {
    let text = rig.server.api("GET", "/metrics", "").text();
    let count = |what| metrics::bytes(&text, what, "p", direction);
    (count("received"), count("sent"))
}

/// Bytes that wait inside, once they are `least` and no more come; fewer if that takes too long.
pub fn waiting(rig: &Rig, direction: &str, least: u64) -> u64 {
    let deadline = Instant::now() + SETTLED;
    let (mut last, mut since) = (counts(rig, direction), Instant::now());
    while last.0 - last.1 < least || since.elapsed() < QUIET {
        if Instant::now() > deadline {
            break;
        }
        thread::sleep(Duration::from_millis(20));
        let now = counts(rig, direction);
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
    last.0 - last.1
}

/// The bytes of a flood.
pub fn bytes(size: u64) -> Vec<u8> {
    upstream::pattern(0, size)
}

/// Sends them from a thread of its own.
pub fn pour<'scope>(
    scope: &'scope Scope<'scope, '_>,
    from: &'scope Peer,
    bytes: &'scope [u8],
) -> ScopedJoinHandle<'scope, ()> {
    scope.spawn(|| from.send(bytes))
}
