//! aconite: a fault-injection TCP proxy, as a server and as a library.
//!
//! It stands between an application and what the application depends on. A test adds *toxics* to the connection
//! (latency, a bandwidth limit, a timeout, a reset) and checks whether the application copes. The executable `aconite`
//! replaces Toxiproxy 2.x; this library does the same inside a Rust test, without a server process:
//!
//! ```
//! use std::time::Duration;
//! use aconite::Aconite;
//! use aconite::faults::{IntoFault, Latency};
//!
//! # fn main() -> Result<(), aconite::Error> {
//! let aconite = Aconite::start()?;
//! # aconite.block_on(async {
//! let redis = aconite.proxy("redis", "127.0.0.1:6379").await?;
//! println!("point the client at {}", redis.address());
//! let slow = redis.add(Latency::new(Duration::from_millis(200)).toxicity(0.5))?;
//! // … check that the application copes; dropping `slow` ends the fault …
//! # drop(slow);
//! # Ok(())
//! # })
//! # }
//! ```
//!
//! # Features
//!
//! | feature | default | brings |
//! | --- | --- | --- |
//! | `server` | yes | the HTTP API: axum, hyper, serde, prometheus |
//! | `cli` | yes | the executable: clap, ureq, and `server` |
//! | `portable` | no | timers and sockets as on systems other than Linux; for tests |
//! | `internals` | no | the modules inside, for this package's own tests; promises nothing |
//!
//! To embed proxies in a test, `default-features = false` is enough.

// # Where things are
//
//     command ─▶ server ─▶ http, config ─▶ decode ─▶ control ─▶ net ─────▶ engine
//       args                 └─▶ wire                  └─────▶ toxics ──▶ engine
//       cli ─▶ wire (a client of the HTTP API)         embed ─▶ control, net, toxics, engine
//
// * `engine`, `protocol`, `toxics`: what happens to bytes, and when. Pure: time comes in as a value.
// * `net`: the sockets of proxies, the clock of the data path, connections. It knows no toxic by name.
// * `control`: proxies, toxics and sessions as values, and operations on them. It knows no HTTP.
// * `wire`: the types of requests and answers, which the server writes and the client reads.
// * `decode`: requests and config files into values, by the rules of Go's decoder. `config` checks config files.
// * `http`: routes a request, calls `control`, answers with types of `wire`, with Toxiproxy's quirks.
// * `embed`: the public face for Rust. `args`, `cli`, `logging`, `server`, `command`: the executable.
//
// A byte from client to upstream: `net::listener` accepts. `net::connection` dials the upstream and drives two links,
// one for each direction. `net::link` reads bytes, gives them to its `engine::Pipeline`, and writes what the pipeline
// releases. In the pipeline each toxic is a stage (`engine::stage`): the toxic says what may leave and when
// (`toxics::kinds::latency` delays a chunk), and the stage's schedule waits. The end of a stream travels the same way, and
// `net::lifecycle` decides what it means for the connection, and `net::connection::duplex` carries that out: half-close,
// close or reset.
//
// A request `POST /proxies/x/toxics`: `http` decodes the body, `control` finds the proxy, `toxics::kind` and
// `toxics::check` check the attributes, and `control` publishes the next plan (`engine::Plan`). Links adopt it when they look at the
// next byte. No link was locked, interrupted or waited for.

// What a peer, a request or a file decides must never be able to end the process; the lints that
// hold everywhere are in Cargo.toml. Tests may panic: that is how they fail.
// Rooms re-export things for tests, which reach them through `internals`. Without the executable, much of what it uses
// is unused. With it, nothing is: CI builds without `internals` to see what nobody calls any more.
#![cfg_attr(not(feature = "internals"), allow(unused_imports))]
#![cfg_attr(not(feature = "cli"), allow(dead_code))]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unimplemented,
        clippy::get_unwrap,
        clippy::exit,
        clippy::mem_forget,
        clippy::await_holding_lock,
        clippy::print_stderr,
        clippy::undocumented_unsafe_blocks,
        clippy::large_futures
    )
)]

// A test inside shares a piece with the tests outside, which name the crate.
#[cfg(test)]
extern crate self as aconite;

// The rooms are not public: their names and contents change at will. This package's own tests and benches reach them
// through the feature `internals`, which nothing else may use.
#[cfg(feature = "cli")]
mod command;
mod embed;

#[cfg(all(feature = "cli", feature = "internals"))]
#[doc(hidden)]
pub mod args;
#[cfg(all(feature = "cli", not(feature = "internals")))]
mod args;

#[cfg(all(feature = "cli", feature = "internals"))]
#[doc(hidden)]
pub mod cli;
#[cfg(all(feature = "cli", not(feature = "internals")))]
mod cli;

#[cfg(all(feature = "server", feature = "internals"))]
#[doc(hidden)]
pub mod config;
#[cfg(all(feature = "server", not(feature = "internals")))]
mod config;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod control;
#[cfg(not(feature = "internals"))]
mod control;

#[cfg(all(feature = "server", feature = "internals"))]
#[doc(hidden)]
pub mod decode;
#[cfg(all(feature = "server", not(feature = "internals")))]
mod decode;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod engine;
#[cfg(not(feature = "internals"))]
mod engine;

#[cfg(all(feature = "server", feature = "internals"))]
#[doc(hidden)]
pub mod http;
#[cfg(all(feature = "server", not(feature = "internals")))]
mod http;

#[cfg(all(feature = "cli", feature = "internals"))]
#[doc(hidden)]
pub mod logging;
#[cfg(all(feature = "cli", not(feature = "internals")))]
mod logging;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod net;
#[cfg(not(feature = "internals"))]
mod net;

#[cfg(all(feature = "cli", feature = "internals"))]
#[doc(hidden)]
pub mod server;
#[cfg(all(feature = "cli", not(feature = "internals")))]
mod server;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod protocol;
#[cfg(not(feature = "internals"))]
mod protocol;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod toxics;
#[cfg(not(feature = "internals"))]
mod toxics;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod util;
#[cfg(not(feature = "internals"))]
mod util;

#[cfg(all(feature = "server", feature = "internals"))]
#[doc(hidden)]
pub mod wire;
#[cfg(all(feature = "server", not(feature = "internals")))]
mod wire;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub use command::run_command;
pub use embed::{
    Aconite, Builder, Error, ErrorKind, NewProxy, Outage, Profile, Proxy, Received, Simulation,
    Toxic, ToxicStats, custom, faults,
};
pub use engine::{Accuracy, Hits, Quantiles};
