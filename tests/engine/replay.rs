//! "Make it happen again" in virtual time: what every random choice depends on, and what it does not.

mod choices;
mod places;
mod reach;
mod seeds;
