//! How the server ends: signals at any moment of its start and under full load, and what `--drain`
//! gives to connections.
//!
//! The promise is exit code 0 within two seconds of SIGTERM or SIGINT. It holds from the moment the
//! process catches signals. Before that (the first milliseconds, in which the command line is read)
//! the system's default ends the process: tolerated here only while it has printed nothing and, on
//! Linux, only where the kernel said just before that the signal was not caught yet.

#![cfg(unix)]

mod drain;
mod load;
mod second;
mod signal;
mod start;
