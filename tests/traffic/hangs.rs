//! What hangs the reference, as tests: toxics that are removed while bytes wait in them, links that
//! are reset at the same time, dials without an answer.
//!
//! In all of them the API has to answer while it happens, and everything works afterwards. Upper
//! bounds are generous (the reference hangs for good, or for 25 seconds); tests/soak asks for more.

mod dial;
mod downloads;
mod gap;
mod removal;
mod turns;
mod urgent;
