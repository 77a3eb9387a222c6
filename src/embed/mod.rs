//! Proxies and toxics as Rust values, for tests that need no server process.
//!
//! Responsible for the library's public face: [`Aconite`] and its [`Builder`], the guards [`Proxy`],
//! [`Toxic`], [`Profile`] and [`Outage`], and the typed faults in [`faults`]. Everything is done by `control`, which this
//! room only calls. Must not know HTTP (except `serve`), the command line, or how a toxic works.

pub mod custom;
mod error;
pub mod faults;
mod instance;
mod profile;
mod proxy;
#[cfg(feature = "server")]
mod serve;
mod server;
mod simulation;
#[cfg(test)]
mod tests;
mod toxic;

pub use error::{Error, ErrorKind};
pub use profile::Profile;
pub use proxy::{NewProxy, Outage, Proxy};
pub use server::{Aconite, Builder};
pub use simulation::{Received, Simulation};
pub use toxic::{Toxic, ToxicStats};
