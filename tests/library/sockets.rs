//! What only real sockets show: resets, half-close, complete stops, the marker race, byte order
//! under live changes with slow receivers, full descriptor tables, listeners.
//!
//! Everything runs in this process through the library, on loopback, on ports that the system
//! chooses. Waits have generous limits; assertions are about order, content and lower bounds.

mod abort;
mod black_hole;
mod descriptors;
mod fairness;
mod half_close;
mod last_bytes;
mod listen;
mod loss;
mod marker;
mod no_reset;
mod pattern;
mod reserved;
mod reset_peer;
pub mod rig;
mod seeds;
mod stop;
mod traffic;
mod urgent;
