//! The pure modules, `engine` and `toxics`, in virtual time: recorded transcripts, a seeded soak
//! against a model, what random draws depend on, and the bodies of the fuzz targets.
//!
//! No test in here uses a socket or waits for the clock, except fuzzing the API and the tests that
//! ask `control` for seeds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod connect;
mod damage;
mod framing;
mod fuzz_corpus;
mod harness;
mod http1;
mod http2;
mod intercept;
mod latency;
mod replay;
mod shared_rate;
mod transcripts;
mod triggers;
mod virtual_soak;
