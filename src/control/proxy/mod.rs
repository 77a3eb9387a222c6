//! One proxy: its addresses, its toxics, and its listener while it is enabled.
//!
//! Must not know other proxies. All state is behind the proxy's lock, which is held for a few lines
//! and never while waiting.

mod connection_events;
mod http;
mod interception;
mod listener;
mod profile;
pub(in crate::control) mod put_on;
pub(in crate::control) mod recently_removed;
mod report;
mod requests;
mod reservation;
mod sessions;
pub(in crate::control) mod state;
mod toxic_timer;
mod toxics;
