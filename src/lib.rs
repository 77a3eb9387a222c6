//! aconite: a fault-injection TCP proxy.

pub mod args;
pub mod control;
pub mod engine;
pub mod http;
pub mod logging;
pub mod net;
pub mod server;
pub mod toxics;
