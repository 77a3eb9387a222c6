//! What happens to bytes, and when: the pure core.
//!
//! Nothing in this room sleeps, spawns, locks, asks for the time or touches a socket. Time comes
//! in as a [`Moment`], randomness as a [`Subject`] under a seed. It may know `bytes` and nothing
//! else of the crate.

mod draw;
mod item;
mod outlet;
mod pipeline;
mod plan;
pub mod sim;
mod stage;
mod time;
mod toxic;

pub use draw::Subject;
pub use item::{CHUNK_OVERHEAD, Chunk, Direction, Ending};
pub use outlet::Outlet;
pub use pipeline::{Pipeline, Step};
pub use plan::{Plan, PlannedToxic};
pub use stage::MAX_LATENESS;
pub use time::Moment;
pub use toxic::{AnyToxic, BACKLOG, Event, Toxic};
