//! Toxics that wait for a trigger: when exactly they begin to act, what passes until then, and what
//! every change does to one that waits.

mod bytes;
mod changes;
mod counts;
mod messages;
mod probe;
mod times;
