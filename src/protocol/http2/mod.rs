//! HTTP/2 (RFC 9113) with prior knowledge, as a filter of frames.
//!
//! Streams keep their numbers on both sides, and everything passes as it came until a rule acts on a
//! stream. From then on header blocks are encoded again, and the client's flow-control windows are
//! shared between the upstream's DATA and ours. A stream that is delayed, reset or left without an
//! answer waits here by itself, so no other stream waits behind it.
//!
//! Bytes that break the RFC in a way that cannot be followed pass untouched while nothing was
//! changed. After that the connection is ended with GOAWAY, because its two ends no longer agree
//! about what was sent.
//!
//! [`Requests`] sees what the client sends and [`Answers`] what the upstream sends. They are two
//! halves of an interceptor, and know each other only by notes.

mod answers;
mod closed;
mod codec;
mod fault;
mod first;
pub mod frame;
mod given;
mod head;
pub mod hpack;
mod known;
mod notes;
mod requests;
mod settings;
mod window;

pub use answers::Answers;
pub use first::{FirstBytes, first_bytes};
pub use frame::PREFACE;
pub use notes::{ToAnswers, ToRequests};
pub use requests::Requests;
