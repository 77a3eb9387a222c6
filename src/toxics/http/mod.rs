//! What the kinds that act on HTTP share: how their attributes are read, and which options of a toxic
//! make sense for which kind.

mod base64;
mod body;
mod encoding;
mod fields;
mod given_answer;
mod json_object;
mod of_kind;
mod presets;

pub(super) use body::{body_fields, coding_fields, replacing};
pub(super) use fields::{checked_fields, headers_attribute};
pub(super) use given_answer::{Defaults, given_answer};
pub(super) use of_kind::{HttpKind, HttpShape, NoStage, OfValues, not_for_connections};
pub use presets::{Preset, presets};
pub(super) use presets::{answer_preset, preset_attribute, stream_preset};
