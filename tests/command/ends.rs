//! How the server ends: signals at any moment of its start and under full load, and the time that
//! `--drain` gives to connections.
//!
//! The server promises exit code 0 within two seconds of SIGTERM or SIGINT. The promise holds from the
//! moment when the process catches signals. In the few milliseconds before, while it reads the command
//! line, the system's default action ends it. The tests tolerate that only while the server has printed
//! nothing and, on Linux, only if the kernel reported just before that the signal was not caught yet.

#![cfg(unix)]

mod drain;
mod load;
mod second;
mod signal;
mod start;
