//! The server command: starts the proxies and the API, and stops them again.
//!
//! `run` is the server inside a runtime, and `process` is the process around it. May know `args`
//! for its options; `control`, `http` and `config` to connect them; `logging`; and from `net` how
//! to parse an address and listen. Must not know what a request or a toxic is.

mod api_address;
mod config;
mod process;
mod run;
mod signals;

pub use api_address::ListenAddressError;
pub use config::ConfigError;
pub use process::run_process;
pub use run::{ServerError, run};
