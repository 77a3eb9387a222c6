//! Where the log goes and what it looks like.
//!
//! It goes to standard output, as Toxiproxy's does: lines for people on a terminal, JSON lines
//! otherwise. Names and addresses in it come from whoever can reach the API, so unsafe characters
//! are escaped. Logging never waits for a write: `lines` has a queue and a thread each for standard
//! output and standard error. Must not know what is logged, nor any other room but `util`.

mod format;
mod level;
mod lines;
mod log;
mod output;
mod panics;
mod writer;

pub use level::{UnknownLevel, level};
pub use log::Log;
