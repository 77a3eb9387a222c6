//! Requests to the control API: where it is, how a request is sent, and what an answer says.
//!
//! Must not know which commands there are.

pub(crate) mod client;
mod go_url;
mod no_answer;
pub(crate) mod path;
pub(crate) mod response;
pub(crate) mod target;
