//! `control`'s views → the types of `wire`.
//!
//! May know: `control`'s views, `wire`. Must not know: axum, requests.

pub(super) mod attribute;
pub(super) mod config;
pub(super) mod connection;
pub(super) mod event;
mod matching;
mod profile;
pub(super) mod proxy;
mod session;
pub(super) mod stats;
