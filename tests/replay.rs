//! "Make it happen again": what every random choice depends on, and what it does not, in virtual
//! time and over real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod engine_support;
#[allow(dead_code)]
#[path = "mended/rig.rs"]
mod rig;
mod support;

#[path = "replay/choices.rs"]
mod choices;
#[path = "replay/places.rs"]
mod places;
#[path = "replay/reach.rs"]
mod reach;
#[path = "replay/runs.rs"]
mod runs;
#[path = "replay/scopes.rs"]
mod scopes;
#[path = "replay/seeds.rs"]
mod seeds;
