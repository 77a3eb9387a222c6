//! What happens to bytes, and when: the pure core.
//!
//! Nothing in this room sleeps, spawns, takes a lock, asks for the time or touches a socket. Time
//! comes in as a [`Moment`], randomness as a [`DrawKey`] under a seed, a client's address as a value.
//! What toxics did is counted in relaxed atomics that others may read at any moment. It uses no other
//! room of the crate; what it uses from outside is listed in `tests/tidy/purity.rs`.

mod adopt;
mod draw;
mod exchanges;
mod histogram;
mod item;
mod marks;
mod note;
mod outlet;
mod pipeline;
mod plan;
mod queue;
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
mod turn;

pub use draw::DrawKey;
pub use histogram::{Histogram, Quantiles};
pub use item::{CHUNK_OVERHEAD, Chunk, Direction, Ending};
pub use marks::Marks;
pub use note::Note;
pub use outlet::Outlet;
pub use pipeline::{Pipeline, Step};
pub use plan::{Applicability, Interceptor, Plan, PlannedToxic};
pub use scope::{Identity, Scope};
pub use stage::MAX_LATENESS;
pub use stats::{Accuracy, Hits, RATE_WINDOW, Stats, TOLERATED, Tally};
pub use time::Moment;
pub use toxic::{AnyToxic, BACKLOG, Event, Toxic};
