//! A network namespace for one test.

use std::process::Command;

use nix::sched::{CloneFlags, unshare};

/// Moves the calling thread, and the processes it starts, into a new network namespace with
/// loopback up. Then runs `ip` with each of `lines`. Returns whether that was permitted.
pub fn own(lines: &[&str]) -> bool {
    if let Err(error) = unshare(CloneFlags::CLONE_NEWNET) {
        support::skip(&format!("no network namespace to be had: {error}"));
        return false;
    }
    for line in ["link set lo up"].iter().chain(lines) {
        let done = Command::new("ip").args(line.split(' ')).output();
        match done {
            Ok(output) => assert!(output.status.success(), "ip {line}: {output:?}"),
            Err(error) => {
                eprintln!("skipped: ip {line}: {error}");
                return false;
            }
        }
    }
    true
}
