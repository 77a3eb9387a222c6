//! JSON of requests and config files → the values that `control` takes.
//!
//! Responsible for the grammar of what a server is sent, which is that of Go's decoder, as recorded:
//! names of fields in any case, unknown ones ignored, `null` is not given, and of a repeated field the
//! last counts, though each is checked. serde's derived decoders have other rules, so only clients
//! use those. May know: `control`'s values. Must not know: HTTP, where a text comes from.

mod attribute;
pub(crate) mod error;
pub(crate) mod fields;
pub(crate) mod json;
pub(crate) mod proxies;
pub(crate) mod session;
pub(crate) mod toxic_options;
pub(crate) mod unknown_fields;

pub use self::error::{DecodeError, JsonPath};
pub use self::proxies::read_proxies;
