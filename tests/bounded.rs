//! "Make it stop": toxics that begin and end by themselves, and sessions whose things go with them.
//!
//! Most of it runs in the library under a clock that the tests move, so that minutes pass at once;
//! what only sockets and the real clock show is in the modules that say so.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
#[path = "mended/rig.rs"]
mod rig;
#[allow(dead_code)]
#[path = "sockets/rig.rs"]
mod sockets;
mod support;

#[path = "bounded/api.rs"]
mod api;
#[path = "bounded/ends.rs"]
mod ends;
#[path = "bounded/races.rs"]
mod races;
#[path = "bounded/room.rs"]
mod room;
#[path = "bounded/sessions.rs"]
mod sessions;
#[path = "bounded/times.rs"]
mod times;
#[path = "bounded/upkeep.rs"]
mod upkeep;
#[path = "bounded/wire.rs"]
mod wire;
