//! Helpers that the tests in virtual time share.
//!
//! They use the pure modules of the crate, `engine` and `toxics`, and no socket, clock or server.

pub mod attributes;
pub mod book;
pub mod crowd;
pub mod dice;
pub mod driver;
pub mod http1;
pub mod json;
pub mod line_responder;
pub mod model;
pub mod rounds;
pub mod scan;
pub mod site;
pub mod transcript;
pub mod triggers;
