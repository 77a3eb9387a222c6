//! How the server ends: signals at any moment of its start and under full load, and what `--drain`
//! gives to connections.
//!
//! The promise is exit code 0 within two seconds of SIGTERM or SIGINT. It holds from the moment the
//! process catches signals. Before that (the first milliseconds, in which the command line is read)
//! the system's default ends the process: tolerated here only while it has printed nothing and, on
//! Linux, only where the kernel said just before that the signal was not caught yet.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
#[path = "mended/hole.rs"]
mod hole;
#[allow(dead_code)]
#[path = "mended/rig.rs"]
mod rig;
mod support;

#[path = "ends/drain.rs"]
mod drain;
#[path = "ends/load.rs"]
mod load;
#[path = "ends/second.rs"]
mod second;
#[path = "ends/signal.rs"]
mod signal;
#[path = "ends/start.rs"]
mod start;
