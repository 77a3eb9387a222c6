//! A soak test over real sockets: compares what every connection sees with a model.
//!
//! Dozens of connections carry bytes that identify their position, in both directions. Their peers
//! stall, half-close, reset or vanish, while the API adds, changes and removes toxics, stops and
//! starts proxies, changes their upstreams, resets and populates. These invariants are checked all
//! the time:
//!
//! - A receiver reads what the sender wrote, from the first byte on. It reads all of it, with an
//!   orderly end, unless a fault that destroys connections was active or a peer left.
//! - When one side is gone, the other sees an end, within a time that follows from the server's
//!   limits.
//! - Every API call is answered within a second.
//! - Afterwards the server is idle and uses as much memory and as many threads and descriptors as
//!   before.
//!
//! `SOAK_SECONDS` sets the duration (default 20), `SEED` the schedule. The seed is printed. The
//! same seed gives the same schedule of faults: which client does what at which byte, and which
//! requests are made in which order. The interleaving of kernel and threads cannot be replayed.
//!
//! `SOAK_SERVER='COMMAND with {api_port}'` tests another server and reports all its violations; the
//! test then passes whatever they are.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod book;
mod controller;
#[path = "../engine/harness/dice.rs"]
mod dice;
mod judge;
mod peer;
mod plan;
mod run;
mod side;
mod stream;
mod target;
mod toxics;
mod traffic;
mod upheaval;
mod weather;
mod world;
mod yardstick;

#[test]
fn soak_over_real_sockets() {
    run::run();
}
