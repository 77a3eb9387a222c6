//! What hangs the reference, as tests: toxics that are removed while bytes wait in them, links that
//! are reset at the same time, dials without an answer.
//!
//! In all of them the API has to answer while it happens, and everything works afterwards. Upper
//! bounds are generous (the reference hangs for good, or for 25 seconds); tests/soak asks for more.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
#[path = "mended/hole.rs"]
mod hole;
#[allow(dead_code)]
#[path = "mended/rig.rs"]
mod rig;
mod support;

#[path = "hangs/dial.rs"]
mod dial;
#[path = "hangs/downloads.rs"]
mod downloads;
#[path = "hangs/gap.rs"]
mod gap;
#[path = "hangs/removal.rs"]
mod removal;
#[path = "hangs/turns.rs"]
mod turns;
#[path = "hangs/urgent.rs"]
mod urgent;
