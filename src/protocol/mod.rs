//! Application protocols, as state machines over bytes and time: what a request is, which requests a
//! toxic acts on, and what it does to them.
//!
//! Pure, like `engine`: no sockets, clocks, files or locks. It must not know any kind of toxic, nor
//! how rules are written in requests.

mod content;
pub mod http;
pub mod http1;
pub mod http2;
pub mod intercept;
mod sse;

pub use content::{ContentEditor, ContentStep};
pub use sse::EventScanner;
