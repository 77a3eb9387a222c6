//! The server with too few resources and under pressure: descriptors, memory, ports, names, slow and
//! many clients, read-only file systems, an output that nobody reads.
//!
//! Every test starts the real executable. Linux only, because limits are set and read there as Linux does
//! it. A test that needs a mount namespace (root, or user namespaces) is skipped where there is none,
//! unless `CI` is `true`.

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
