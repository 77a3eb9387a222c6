//! Config files: reading one, and finding all errors in one with their positions.
//!
//! A server reads the file when it starts; `aconite config check` only checks it. Both decode it like request
//! bodies. May know: `decode`, `control`'s checks. Must not know: HTTP, sockets.

mod check;
mod check_answers;
mod check_profiles;
mod check_toxics;
mod fault;
mod listed;
mod locate;
mod read;
mod text;

#[cfg(feature = "internals")]
pub use self::check::check_config;
pub use self::check::check_config_beside;
pub use self::fault::Fault;
pub use self::locate::config_fault;
pub use self::read::{Config, read_config};
