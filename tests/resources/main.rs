//! The server short of resources and under load: descriptors, memory, ports, names, slow and
//! numerous clients, read-only file systems, an output that is never read.
//!
//! Every test starts the real executable. Linux only, because limits are set and read there in
//! Linux's way. A test that needs a mount namespace (root, or user namespaces) is skipped where
//! there is none, unless `CI` is `true`.

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
