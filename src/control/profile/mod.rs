//! Network profiles: what they are, which ones there are, and the operations on them.
//!
//! What a profile does to a proxy is in `proxy/profile.rs`.

mod build;
pub(in crate::control) mod definition;
mod requests;
pub(in crate::control) mod table;
