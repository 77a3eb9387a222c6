//! The library without its server: `control` and `net` in this process, with real sockets on
//! loopback or under a clock that the tests advance.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod attribute_types;
mod beside_attributes;
mod both_streams;
mod bounded;
mod custom_kinds;
#[allow(dead_code)]
#[path = "../../examples/custom_toxic.rs"]
mod custom_toxic;
mod panics;
mod redis;
mod shared_rate;
mod sockets;
