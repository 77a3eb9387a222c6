//! Where the log goes, and its format.
//!
//! Like Toxiproxy's, the log goes to standard output: text lines on a terminal, JSON lines
//! otherwise. Names and addresses in it come from anyone who can reach the API, so unsafe
//! characters are escaped. Logging never waits for a write: `lines` has a queue and a thread each
//! for standard output and standard error. Must not know what is logged, nor any module except
//! `util`.

mod format;
mod level;
mod lines;
mod log;
mod output;
mod panics;
mod writer;

pub use level::{UnknownLevel, level};
pub use log::Log;
