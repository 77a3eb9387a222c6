//! Toxics that start and expire on their own, and sessions that remove what they made when they
//! end.
//!
//! Most tests run in the library under a clock that the tests advance, so that minutes pass at
//! once. What needs sockets and the real clock is in the modules that say so.

mod api;
mod ends;
mod races;
mod room;
mod sessions;
mod times;
mod upkeep;
mod wire;
