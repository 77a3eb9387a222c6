//! One file per command: it sends its requests and returns its standard output.
//!
//! `proxies`, `http`, `attributes`, `attribute_values`, `message`, `toxic_body`, `toxic_options` and
//! `shown_attributes` are shared by several commands.

mod attribute_values;
pub(crate) mod attributes;
pub(crate) mod completions;
pub(crate) mod config_check;
pub(crate) mod connections;
pub(crate) mod create;
pub(crate) mod delete;
mod event_line;
pub(crate) mod events;
pub(crate) mod export;
mod http;
pub(crate) mod inspect;
mod json_hint;
pub(crate) mod kill;
pub(crate) mod list;
mod message;
pub(crate) mod profiles;
mod proxies;
pub(crate) mod reset;
pub(crate) mod sessions;
mod shown_attributes;
pub(crate) mod stats;
pub(crate) mod switch;
pub(crate) mod toggle;
pub(crate) mod toxic_add;
pub(crate) mod toxic_body;
mod toxic_options;
pub(crate) mod toxic_presets;
pub(crate) mod toxic_remove;
pub(crate) mod toxic_types;
pub(crate) mod toxic_update;
pub(crate) mod update;
pub(crate) mod wait;
