//! Decodes the JSON of requests and config files into the values that `control` takes.
//!
//! Responsible for the grammar of input, which follows Go's decoder as recorded. Field names match in any
//! case, unknown fields are ignored, and `null` counts as absent. If a field is repeated, the last one
//! counts, but each is checked. serde's derived decoders have other rules, so only clients use those. May
//! know: `control`'s values. Must not know: HTTP, or where a text comes from.

mod attribute;
pub(crate) mod error;
pub(crate) mod fields;
mod http;
mod http_match;
pub(crate) mod json;
mod ordinals;
pub(crate) mod profile;
pub(crate) mod proxies;
pub(crate) mod session;
mod toxic_match;
pub(crate) mod toxic_options;
pub(crate) mod unknown_fields;

pub use self::error::{DecodeError, JsonPath};
pub use self::proxies::read_proxies;
