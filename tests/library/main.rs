//! The library without its server: `control` and `net` in this process, with real sockets on
//! loopback, or under a clock that the tests move.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bounded;
mod panics;
mod redis;
mod sockets;
