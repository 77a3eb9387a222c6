//! Config files: reading one, and finding every fault of one, with its place.
//!
//! A server reads the file at its start; `aconite config check` only looks at it. Both decode it as
//! bodies of requests are decoded. May know: `decode`, `control`'s checks. Must not know: HTTP,
//! sockets.

mod check;
mod check_toxics;
mod fault;
mod locate;
mod read;
mod text;

pub use self::check::{check_config, check_config_beside};
pub use self::fault::Fault;
pub use self::locate::config_fault;
pub use self::read::read_config;
