//! A soak over real sockets: a model of what every connection may see, against the running server.
//!
//! Dozens of connections carry bytes that say where they belong, both ways, while their peers stall,
//! half-close, reset or vanish and the API adds, changes and removes toxics, stops and starts
//! proxies, moves their upstreams, resets and repopulates. Held to be true all the time:
//!
//! - What a receiver reads is what the sender wrote, from the first byte on; all of it, with an
//!   orderly end, unless something that destroys connections was at work or a peer left.
//! - When one side is gone, the other sees an end, in a time that follows from the server's limits.
//! - Every API call is answered within a second.
//! - Afterwards the server has the memory, threads and descriptors that it had, and is idle.
//!
//! `SOAK_SECONDS` sets how long (default 20), `SEED` what happens. The seed is told, and given again
//! it makes the same schedule of faults: which client does what to which byte, and which requests are
//! made in which order. How the kernel and the threads interleave them cannot be replayed.
//!
//! `SOAK_SERVER='COMMAND with {api_port}'` soaks another server and reports its violations without
//! stopping at one; the test passes then whatever they are.

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
