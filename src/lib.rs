//! aconite: a fault-injection TCP proxy.

pub mod control;
pub mod toxics;
