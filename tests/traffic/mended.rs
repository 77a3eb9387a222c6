//! The known defects of Toxiproxy, mended. Each has at least one test against the real executable, named
//! `mend_NN_…` after the number of the defect; `broken_NN_…` are tests of what breaks Toxiproxy for
//! good, in the order of testdata/conformance/README.md.
//!
//! Comments say what Toxiproxy does. With `ACONITE_TEST_SERVER` naming a build of it, every one of these
//! tests fails, unless its comment says otherwise. A test is short where another file shows the same in
//! full: tests/library/sockets (resets, half-close, live change, black holes), tests/engine/transcripts.rs
//! (delays in virtual time), tests/command/server_command.rs (how the server refuses to start).

mod choices;
mod delays;
mod edges;
mod endings;
mod server;
mod values;
mod waiting;
