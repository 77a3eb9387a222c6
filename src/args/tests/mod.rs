//! Tests of command lines and the values that they are parsed into.

mod aconite;
mod client;
mod extensions;
mod requests;
mod server;
mod server_flags;
