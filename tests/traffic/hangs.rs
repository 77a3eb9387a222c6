//! What makes Toxiproxy hang: toxics that are removed while they hold bytes, links that are reset at
//! the same time, and dials that get no answer.
//!
//! In each test the API has to answer meanwhile, and everything has to work afterwards. Upper bounds are
//! generous, because Toxiproxy hangs for good or for 25 seconds. `tests/soak` asks for more.

mod dial;
mod downloads;
mod gap;
mod removal;
mod turns;
mod urgent;
