//! The known defects of the reference, mended: at least one test each against the real
//! executable, named `mend_NN_…` after the number in the project's list of them; and what breaks
//! the reference for good, as `broken_NN_…` in the order in which testdata/conformance/README.md tells of it.
//!
//! With `ACONITE_TEST_SERVER` naming a build of the reference, every one of these tests fails,
//! but for those whose comment says otherwise; the comments say what the reference does. Kept
//! short where another file shows the same in full: tests/library/sockets (resets, half-close, live
//! change, black holes), tests/engine/transcripts.rs (delays in virtual time), tests/command/server_command.rs
//! (how the server refuses to start).

mod choices;
mod delays;
mod edges;
mod endings;
mod server;
mod values;
mod waiting;
