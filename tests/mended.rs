//! The known defects of the reference, mended: at least one test each against the real
//! executable, named `mend_NN_…` after the number in the project's list of them; and what breaks
//! the reference for good, as `broken_NN_…` in the order in which testdata/conformance/README.md tells of it.
//!
//! With `ACONITE_TEST_SERVER` naming a build of the reference, every one of these tests fails,
//! but for those whose comment says otherwise; the comments say what the reference does. Kept
//! short where another file shows the same in full: tests/sockets (resets, half-close, live
//! change, black holes), tests/transcripts.rs (delays in virtual time), tests/server_command.rs
//! (how the server refuses to start).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

#[path = "mended/choices.rs"]
mod choices;
#[path = "mended/delays.rs"]
mod delays;
#[path = "mended/edges.rs"]
mod edges;
#[path = "mended/endings.rs"]
mod endings;
#[path = "mended/hole.rs"]
mod hole;
#[path = "mended/rig.rs"]
mod rig;
#[path = "mended/server.rs"]
mod server;
#[path = "mended/values.rs"]
mod values;
#[path = "mended/waiting.rs"]
mod waiting;
