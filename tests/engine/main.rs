//! The pure rooms, `engine` and `toxics`, in virtual time: recorded transcripts, a seeded soak
//! against a model, what random choices depend on, and the bodies of the fuzz targets.
//!
//! No test in here knows a socket or waits for the clock, but for fuzzing the API and what asks
//! `control` for the seeds it draws from.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fuzz_corpus;
mod harness;
mod replay;
mod transcripts;
mod virtual_soak;
