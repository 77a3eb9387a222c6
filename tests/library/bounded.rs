//! "Make it stop": toxics that begin and end by themselves, and sessions whose things go with them.
//!
//! Most of it runs in the library under a clock that the tests move, so that minutes pass at once;
//! what only sockets and the real clock show is in the modules that say so.

mod api;
mod ends;
mod races;
mod room;
mod sessions;
mod times;
mod upkeep;
mod wire;
