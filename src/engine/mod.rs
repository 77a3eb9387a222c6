//! The core that decides what happens to bytes, and when.
//!
//! Nothing in this room sleeps, spawns, takes a lock, reads a clock or touches a socket. Time comes
//! in as a [`Moment`], randomness as a [`DrawKey`] under a seed, and a client's address as a value.
//! Statistics are relaxed atomics that other threads may read at any moment. The engine uses no
//! other room of the crate. `tests/tidy/purity.rs` lists what it uses from outside.

mod adopt;
mod connect;
mod connect_fault;
mod conversation;
mod draw;
mod exchanges;
pub mod framing;
#[cfg(test)]
mod half_close_tests;
mod histogram;
mod item;
mod marks;
mod messages;
mod note;
mod outlet;
mod pipeline;
mod plan;
mod queue;
mod quota;
mod rare;
mod schedule;
mod scope;
pub mod sim;
mod stage;
mod stage_stats;
mod state;
mod stats;
mod time;
mod toxic;
mod trigger;
mod watch;

pub use connect::{ConnectPhase, ConnectStep};
pub use connect_fault::{ConnectFault, Silence};
pub use conversation::StreamPosition;
pub use draw::DrawKey;
pub use histogram::{Histogram, Quantiles};
pub use item::{CHUNK_OVERHEAD, Chunk, Direction, Ending};
pub use marks::Marks;
pub use messages::Message;
pub use note::{Note, UpstreamUnreachable};
pub use outlet::Outlet;
pub use pipeline::{Pipeline, Step};
pub use plan::{Applicability, Interceptor, Plan, PlannedToxic};
pub use scope::{Identity, Scope};
pub use stage::MAX_LATENESS;
pub use stats::{Accuracy, Hits, RATE_WINDOW, Stats, TOLERATED, Tally};
pub use time::Moment;
pub use toxic::{AnyToxic, BACKLOG, Event, Toxic};
pub use trigger::Trigger;
