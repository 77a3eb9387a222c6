//! The scenarios, one family per file. A family has cases; in each case the contestants take turns.

pub mod api_load;
pub mod bandwidth;
pub mod connrate;
mod download;
pub mod http;
pub mod idle;
pub mod jitter;
pub mod latency;
pub mod latency_throughput;
pub mod rps;
pub mod rtt;
pub mod slicer;
pub mod start;
pub mod throughput;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::contestant::{CommandContext, Contestant, Kind, TOXIPROXY};
use crate::fault::Result;

/// The measurements, by names that include the unit, in the order to print them.
pub type Metrics = Vec<(&'static str, f64)>;

/// What a case needs besides a contestant.
pub struct Env {
    /// An event loop in the calling thread.
    pub runtime: Runtime,
    pub upstream: SocketAddr,
    pub scratch: PathBuf,
    /// The factor for the length of every load.
    pub scale: f64,
    /// Connections in `idle`.
    pub idle: usize,
    /// Connections in `api-under-load`.
    pub pushing: usize,
}

impl Env {
    /// This many seconds, scaled.
    pub fn seconds(&self, seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds * self.scale)
    }

    /// This many times, scaled; at least twice.
    pub fn times(&self, count: u64) -> u64 {
        ((count as f64 * self.scale) as u64).max(2)
    }
}

/// Which contestants take part in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// All: no toxic.
    All,
    /// Every proxy: without one there is nothing to measure.
    Proxies,
    /// The servers with toxics, and the same load without a proxy for comparison.
    ServersAndDirect,
    /// The servers with toxics.
    Servers,
    /// The servers that have rules for HTTP: not Toxiproxy, which ignores a `match`.
    Own,
    /// The same, HTTP proxies in their best configuration, and the load without a proxy.
    Http,
    /// The same without that.
    HttpProxies,
}

type Run = Box<dyn Fn(&CommandContext, &Env) -> Result<Metrics>>;

/// A case, in which contestants take turns.
pub struct Case {
    /// SCENARIO/CASE.
    pub name: String,
    pub run: Run,
    who: Who,
}

impl Case {
    fn new(
        name: impl Into<String>,
        who: Who,
        run: impl Fn(&CommandContext, &Env) -> Result<Metrics> + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            run: Box::new(run),
            who,
        }
    }

    /// Whether this contestant takes part.
    pub fn includes(&self, contestant: &Contestant) -> bool {
        let has_rules = contestant.name != TOXIPROXY;
        match &contestant.kind {
            Kind::Server(_) => match self.who {
                Who::Own | Who::Http | Who::HttpProxies => has_rules,
                Who::All | Who::Proxies | Who::ServersAndDirect | Who::Servers => true,
            },
            Kind::Direct => matches!(self.who, Who::All | Who::ServersAndDirect | Who::Http),
            Kind::Plain(plain) if plain.speaks_http() => {
                matches!(self.who, Who::Http | Who::HttpProxies)
            }
            Kind::Plain(_) => matches!(self.who, Who::All | Who::Proxies),
        }
    }

    /// Whether `word` names it or its scenario, or is the word for everything.
    pub fn is_meant_by(&self, word: &str) -> bool {
        word == "all" || word == self.name || self.name.split('/').next() == Some(word)
    }
}

/// Every case, in the order to run them.
pub fn all() -> Vec<Case> {
    let families = [
        throughput::cases(),
        rtt::cases(),
        connrate::cases(),
        idle::cases(),
        rps::cases(),
        http::cases(),
        latency::cases(),
        jitter::cases(),
        bandwidth::cases(),
        latency_throughput::cases(),
        slicer::cases(),
        api_load::cases(),
        start::cases(),
    ];
    families.into_iter().flatten().collect()
}
