//! The answers of the HTTP API: recordings of Toxiproxy, the OpenAPI document, the stream of events
//! and the errors for a broken configuration.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod config_check;
mod conformance;
mod contract;
mod events;
mod profiles;
