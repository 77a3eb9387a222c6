//! Tests of command lines and the values that they are parsed into.

mod aconite;
mod client;
mod extensions;
mod server;
mod server_flags;
