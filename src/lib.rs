//! aconite: a fault-injection TCP proxy.

pub mod control;
pub mod engine;
pub mod net;
pub mod toxics;
