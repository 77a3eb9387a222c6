//! The kinds of toxic: what each one does, the attributes that it takes, and the catalogue of them.
//!
//! This room is responsible for the meaning of attributes. It must not know sockets, clocks, HTTP,
//! JSON or proxies. A new kind is one file with a type that implements [`ToxicKind`] and
//! [`Toxic`](crate::engine::Toxic). A kind of this crate is in `kinds` and in the
//! list there; another crate calls [`Catalogue::register`].

mod after;
mod attribute;
mod catalogue;
#[cfg(test)]
mod chain_tests;
mod check;
mod common;
mod cut;
mod describe;
mod distribution;
mod end;
#[cfg(test)]
mod end_tests;
mod error;
mod faults;
mod fields;
mod framing;
mod http;
mod http_action;
mod kind;
mod kinds;
mod phase;
pub mod profiles;
mod rate;
mod value;
mod values;

pub use attribute::{Attribute, Type};
pub use catalogue::{Catalogue, RegisterError};
pub use common::{Common, common_attributes};
pub use error::{AttributeError, AttributePath};
pub use fields::{ANSWER_FIELDS, OWN_FIELDS, ToxicOption, toxic_fields};
pub use http::{Preset, presets};
pub use kind::{Built, Kind, ToxicKind};
pub use kinds::*;
pub use phase::acts_at_connect;
pub use rate::TokenBucket;
pub use value::Value;
pub use values::Values;
