//! Replays recordings of the reference server against the real binary, and holds the list of
//! deliberate deviations to what it says. The format is described in
//! `testdata/conformance/README.md`.
//!
//! * `ACONITE_TEST_SERVER=PATH` runs another server, which then has to pass every recording:
//!   with the reference's path, the runner itself is checked.
//! * `ACONITE_TEST_SLACK=2` doubles every upper time bound, for slow machines. Lower bounds stay.
//! * `ACONITE_TEST_SCENARIOS=dp-,limit-zero` runs only those whose names begin so.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

#[path = "conformance/mod.rs"]
mod conformance;

#[test]
fn recordings_of_the_reference_hold() {
    conformance::run_all();
}
