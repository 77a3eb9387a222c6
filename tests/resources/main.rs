//! The server under want and pressure: descriptors, memory, ports, names, slow and many clients, file
//! systems without a place to write, an output that nobody reads.
//!
//! The real executable in every test. Linux only, as the limits are set and read the Linux way. What
//! needs a mount namespace (root, or user namespaces) is skipped where there is none, unless `CI` is
//! `true`.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod crowd;
mod descriptors;
mod files;
mod followers;
mod hoard;
mod lookups;
mod loops;
mod memory;
mod names;
mod network;
mod output;
mod ports;
mod wrapped;
mod zones;
