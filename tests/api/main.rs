//! What the HTTP API answers: the recordings of Toxiproxy, the OpenAPI document, the stream of events
//! and what is said of a broken configuration.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod config_check;
mod conformance;
mod contract;
mod events;
