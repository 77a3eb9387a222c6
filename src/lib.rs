//! aconite: a fault-injection TCP proxy.
//!
//! It stands between an application and what that depends on. Over HTTP, or from a Rust test
//! through [`control::Control`], *toxics* are added to a link: latency, a bandwidth limit, a
//! timeout, a reset. It speaks the API of Toxiproxy 2.x.
//!
//! ```
//! use aconite::control::{Control, NewProxy, NewToxic, Options};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let control = Control::new(Options::default())?;
//! let proxy = control
//!     .create(NewProxy {
//!         name: Some("redis".into()),
//!         listen: Some("127.0.0.1:0".into()),
//!         upstream: Some("127.0.0.1:6379".into()),
//!         ..NewProxy::default()
//!     })
//!     .await?;
//! control.add_toxic("redis", NewToxic { kind: "timeout".into(), ..NewToxic::default() })?;
//! println!("point the client at {}", proxy.listen);
//! control.shutdown().await;
//! # Ok(())
//! # })
//! # }
//! ```
//!
//! # The map
//!
//! ```text
//! main ─▶ server ─▶ http ─▶ control ─▶ net ─────▶ engine
//!  args                        └────▶ toxics ──▶ engine
//! ```
//!
//! * [`engine`] and [`toxics`] are pure: what happens to bytes, and when. Time comes in as a value;
//!   nothing goes out but answers and counters.
//! * [`net`] has every socket and is the only reader of the clock. It knows no toxic by name.
//! * [`control`] has proxies as values and operations. It knows no HTTP.
//! * [`wire`] has the types of requests and answers, which the server writes and the client reads.
//! * [`http`] parses, calls `control` and shapes the answer, with the reference's quirks.
//! * [`args`], [`logging`] and [`server`] are the command; [`cli`] is a client of the API like any other.
//!
//! # Two walks
//!
//! **A byte, from client to upstream.** `net::listener` accepts; a task of its own dials the
//! upstream, so that a slow dial holds up nobody. `net::connection` drives two links. While its
//! pipeline is clear, `net::link` moves bytes from socket to socket. Now a plan with a latency
//! arrives: the link adopts it, and from then on reads while the pipeline has room. `push` stamps
//! the chunk, the latency says when it may leave, `poll` answers with the moment to wait for. When
//! it has come, `poll` hands out the bytes, and the link writes them. At the end of the stream
//! `finish` travels through the toxics, and the session half-closes, closes or resets.
//!
//! **`POST /proxies/x/toxics`.** The handler reads the body, `control` finds the proxy, asks the
//! catalogue in `toxics` for the kind, checks the values, makes the next plan and publishes it.
//! The answer goes out. No link was locked, interrupted or waited for.

// What a peer, a request or a file decides must never be able to end the process; the lints that
// hold everywhere are in Cargo.toml. Tests may panic: that is how they fail.
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

pub mod args;
pub mod cli;
pub mod control;
mod embed;
pub mod engine;
pub mod http;
pub mod logging;
pub mod net;
pub mod server;
pub mod toxics;
pub mod util;
pub mod wire;

pub use embed::{
    Aconite, Builder, Error, ErrorKind, NewProxy, Outage, Proxy, Toxic, ToxicStats, faults,
};
