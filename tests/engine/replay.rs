//! Reproducible faults in virtual time: what each random draw depends on, and what it does not
//! depend on.

mod choices;
mod places;
mod reach;
mod seeds;
