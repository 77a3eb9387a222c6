//! Requests to the control API: its address, sending a request, and reading the response.
//!
//! Must not know which commands exist.

pub(crate) mod client;
mod go_url;
mod no_answer;
pub(crate) mod path;
pub(crate) mod response;
pub(crate) mod target;
