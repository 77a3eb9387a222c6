//! Connections through the real executable: where Toxiproxy hangs or errs, what the limits hold back,
//! what comes again with the same seed, and what the server says of what it did.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

// The oracle for draws is the one of the tests in virtual time.
#[allow(dead_code)]
#[path = "../engine/harness/mod.rs"]
mod harness;

mod built_in;
mod connect_phase;
mod endings;
mod hangs;
mod http;
mod http_upstream;
mod limits;
mod mended;
mod packet_loss;
mod replay;
mod triggers;
mod visible;
