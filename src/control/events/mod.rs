//! Events: what happens to proxies, toxics, sessions and connections, kept for a while and followed.
//!
//! Must not know how an event is serialized, or who follows.

mod clock;
pub(in crate::control) mod difference;
pub(in crate::control) mod event;
pub(in crate::control) mod follower;
pub(in crate::control) mod log;
