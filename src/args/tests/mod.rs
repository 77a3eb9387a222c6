//! Command lines and the values that they become.

mod aconite;
mod client;
mod extensions;
mod server;
mod server_flags;
