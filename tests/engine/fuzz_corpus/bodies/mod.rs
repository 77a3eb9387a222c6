//! The bodies of the fuzz targets: one function per target, which panics if arbitrary bytes reveal
//! a defect.
//!
//! The targets of cargo-fuzz in `fuzz/` call these functions, and so does `tests/engine/fuzz_corpus.rs`
//! over the committed corpus on the stable tool chain. May know: the library, and what the tests
//! in virtual time share (`crate::harness`). Must not do: traffic that leaves the machine (see [`tame`]).

// Each target of cargo-fuzz compiles all of this and uses only a part of it.
#![allow(dead_code, missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod attributes;
mod command_line;
mod config;
mod framing;
mod http1;
mod pipeline;
mod take;
pub mod tame;

/// A target: the name of its folder in `fuzz/corpus`, and its body.
pub type Target = (&'static str, fn(&[u8]));

pub const API: Target = ("api", api::run);
pub const ATTRIBUTES: Target = ("attributes", attributes::run);
pub const COMMAND_LINE: Target = ("command_line", command_line::run);
pub const CONFIG: Target = ("config", config::run);
pub const FRAMING: Target = ("framing", framing::run);
pub const HTTP1: Target = ("http1", http1::run);
pub const PIPELINE: Target = ("pipeline", pipeline::run);

/// Runs a future on this thread; tasks that it leaves behind continue at the next call.
fn wait<T>(something: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(something))
}
