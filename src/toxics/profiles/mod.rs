//! The built-in network profiles: named sets of toxics that together resemble a kind of network.
//!
//! Responsible for what a profile consists of, in which order. The numbers are in `mobile` and `fixed`. Must not
//! know proxies, names of toxics, or how a profile is put on.
//!
//! # Order
//!
//! In each stream `bandwidth` comes first and `latency` second, as on a real path: bytes queue for the slow link, and
//! what has left the queue travels. The other order would have two faults. A latency takes bytes as fast as they
//! come, so the sender would feel no backpressure before the buffer of the whole link is full. And a queue behind the
//! latency would smooth out the jitter.

mod definition;
mod fixed;
mod mobile;

pub use definition::{BuiltInProfile, Path, ProfileToxic};

/// All built-in profiles, in the order in which lists show them.
pub fn built_in() -> impl Iterator<Item = &'static BuiltInProfile> + Clone {
    mobile::PROFILES.iter().chain(&fixed::PROFILES)
}

#[cfg(test)]
mod tests;
