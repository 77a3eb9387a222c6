//! aconite's performance targets, as data, and whether they were met.

use crate::contestant::{DIRECT, TOXIPROXY};
use crate::report::short;
use crate::results::Outcome;
use crate::scenarios::{api_load, bandwidth, connrate, http, idle, jitter, latency};
use crate::scenarios::{latency_throughput, rps, rtt, slicer, start, throughput};

/// The contestant that the targets are for.
pub const OWN: &str = "aconite";

/// What a median is compared as.
#[derive(Clone, Copy, Debug)]
enum ComparedAs {
    /// Itself, in the metric's unit.
    Value,
    /// Its ratio to Toxiproxy's.
    Toxiproxy,
    /// Its ratio to that without a proxy.
    Direct,
    /// Its ratio to aconite's own in another case.
    Own(&'static str),
    /// Its ratio to this contestant's.
    Peer(&'static str),
}

#[derive(Clone, Copy, Debug)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
    Within(f64, f64),
    /// Reported, not judged.
    Any,
}

use Bound::{Any, AtLeast, AtMost, Within};
use ComparedAs::{Direct, Own, Peer, Toxiproxy, Value};

struct Target {
    what: &'static str,
    cases: &'static [&'static str],
    metric: &'static str,
    of: ComparedAs,
    bound: Bound,
}

const fn target(
    what: &'static str,
    cases: &'static [&'static str],
    metric: &'static str,
    of: ComparedAs,
    bound: Bound,
) -> Target {
    Target {
        what,
        cases,
        metric,
        of,
        bound,
    }
}

const ONE: &[&str] = &["throughput/down-1", "throughput/up-1"];
const EIGHT: &[&str] = &["throughput/down-8", "throughput/up-8"];
const RTT: &[&str] = &["rtt/free", "rtt/pinned"];
const CONNRATE: &[&str] = &["connrate/4"];
const IDLE: &[&str] = &["idle/5000"];
const RPS: &[&str] = &["rps/no-toxic"];
const NOOP: &[&str] = &["rps/noop"];
const CHAINS: &[&str] = &["rps/latency0", "rps/chain"];
const NO_MATCH: &[&str] = &["http/no-match", "http/no-match-10"];
const RESPOND: &[&str] = &["http/respond"];
const FORWARD: &[&str] = &["http/forward"];
const STREAM: &[&str] = &["http/stream-no-match"];
const LATENCY: &[&str] = &[
    "latency-accuracy/1ms",
    "latency-accuracy/10ms",
    "latency-accuracy/50ms",
    "latency-accuracy/200ms",
];
const CROWD: &[&str] = &["latency-accuracy/10ms-200conn"];
const JITTER: &[&str] = &["jitter/50ms-20ms"];
const RATES: &[&str] = &[
    "bandwidth-accuracy/10KB",
    "bandwidth-accuracy/100KB",
    "bandwidth-accuracy/1MB",
    "bandwidth-accuracy/10MB",
    "bandwidth-accuracy/100MB",
    "bandwidth-accuracy/1GB",
];
const BURSTS: &[&str] = &[
    "bandwidth-accuracy/100KB",
    "bandwidth-accuracy/1MB",
    "bandwidth-accuracy/10MB",
    "bandwidth-accuracy/100MB",
    "bandwidth-accuracy/1GB",
];
const THROUGH: &[&str] = &["latency-throughput/100ms"];
const SLICER: &[&str] = &["slicer/4MiB"];
const API: &[&str] = &["api-under-load/1000"];
const START: &[&str] = &["start/first-answer"];

#[rustfmt::skip]
const TARGETS: &[Target] = &[
    target("no toxic, 1 stream, down / up: CPU s/GB", ONE, throughput::CPU, Toxiproxy, AtMost(0.30)),
    target("no toxic, 8 streams, down / up: CPU s/GB", EIGHT, throughput::CPU, Toxiproxy, AtMost(0.33)),
    target("GB/s, 1 stream, down / up", ONE, throughput::RATE, Toxiproxy, AtLeast(2.0)),
    target("GB/s, 8 streams, down / up", EIGHT, throughput::RATE, Toxiproxy, AtLeast(2.7)),
    target("round trip, free / pinned: p50", RTT, rtt::P50, Toxiproxy, AtMost(0.70)),
    target("round trip, free / pinned: p99", RTT, rtt::P99, Toxiproxy, AtMost(1.0)),
    target("round trip, free / pinned: CPU", RTT, rtt::CPU, Toxiproxy, AtMost(0.45)),
    target("connections/s", CONNRATE, connrate::RATE, Toxiproxy, AtLeast(2.5)),
    target("CPU a connection", CONNRATE, connrate::CPU, Toxiproxy, AtMost(0.29)),
    target("5,000 idle connections: KiB each", IDLE, idle::RETENTION, Value, AtMost(2.0)),
    target("5,000 idle connections: CPU ms/s", IDLE, idle::CPU, Value, AtMost(0.1)),
    target("64 connections, no toxic: requests/s", RPS, rps::RATE, Toxiproxy, AtLeast(1.5)),
    target("64 connections, no toxic: CPU a request", RPS, rps::CPU, Toxiproxy, AtMost(0.48)),
    target("noop both ways: requests/s", NOOP, rps::RATE, Own("rps/no-toxic"), AtLeast(0.93)),
    target("noop both ways: CPU a request", NOOP, rps::CPU, Own("rps/no-toxic"), AtMost(1.07)),
    target("latency 0 / chain of three: requests/s", CHAINS, rps::RATE, Toxiproxy, AtLeast(1.8)),
    target("latency 0 / chain of three: CPU a request", CHAINS, rps::CPU, Toxiproxy, AtMost(0.5)),
    target("HTTP, 1 / 10 rules that do not match: requests/s", NO_MATCH, http::RATE, Own("http/noop"), AtLeast(0.9)),
    target("HTTP, 1 / 10 rules that do not match: CPU a request", NO_MATCH, http::CPU, Own("http/noop"), AtMost(1.2)),
    target("HTTP, an answer without end, a rule: GB/s", STREAM, http::STREAM, Own("http/stream-noop"), AtLeast(0.95)),
    target("HTTP, answering 429: requests/s", RESPOND, http::RATE, Peer("nginx-http"), AtLeast(0.6)),
    target("HTTP, forwarding without a rule: CPU a request", FORWARD, http::CPU, Peer("nginx-http"), Any),
    target("latency 1/10/50/200 ms: error p50", LATENCY, latency::P50, Direct, AtMost(1.3)),
    target("latency 1/10/50/200 ms: error p50", LATENCY, latency::P50, Toxiproxy, AtMost(0.6)),
    target("latency 1/10/50/200 ms: error p99", LATENCY, latency::P99, Direct, AtMost(1.3)),
    target("latency 1/10/50/200 ms: error p99", LATENCY, latency::P99, Toxiproxy, AtMost(0.6)),
    target("200 connections at 10 ms: error p50", CROWD, latency::P50, Toxiproxy, AtMost(0.5)),
    target("200 connections at 10 ms: error p99", CROWD, latency::P99, Toxiproxy, AtMost(0.5)),
    target("jitter: KS distance over 5 % critical", JITTER, jitter::JUDGED, Value, AtMost(1.0)),
    target("jitter: KS distance", JITTER, jitter::DISTANCE, Toxiproxy, Any),
    target("jitter: % outside", JITTER, jitter::OUTSIDE, Value, AtMost(0.0)),
    target("bandwidth 10K..1G: achieved/asked", RATES, bandwidth::ACHIEVED, Value, Within(0.995, 1.005)),
    target("bandwidth 100K..1G: burst in 20 ms", BURSTS, bandwidth::BURST, Value, AtMost(1.3)),
    target("through 100 ms: GB/s", THROUGH, throughput::RATE, Toxiproxy, AtLeast(1.9)),
    target("through 100 ms: CPU s/GB", THROUGH, throughput::CPU, Toxiproxy, AtMost(0.5)),
    target("through 100 ms: peak growth MiB (the cap)", THROUGH, latency_throughput::GROWTH, Value, Any),
    target("slicer, 4 MiB: time", SLICER, slicer::TIME, Toxiproxy, AtMost(0.35)),
    target("slicer, 4 MiB: CPU", SLICER, slicer::CPU, Toxiproxy, AtMost(0.35)),
    target("slicer, 4 MiB: bytes a read", SLICER, slicer::PIECE, Value, Any),
    target("API call under load: p99 ms", API, api_load::P99, Value, AtMost(10.0)),
    target("API call under load: most ms", API, api_load::MAX, Value, AtMost(100.0)),
    target("API call under load: failed", API, api_load::FAILED, Value, AtMost(0.0)),
    target("start to first answer: ms", START, start::TIME, Value, AtMost(20.0)),
    target("stripped executable: MB", START, start::SIZE, Value, AtMost(8.0)),
    target("resident at start: KiB", START, start::RESIDENT, Value, AtMost(6000.0)),
];

/// A row of the table. Of a target over several cases, `a / b`.
#[derive(Debug)]
pub struct Verdict {
    pub what: &'static str,
    /// What the numbers are.
    pub of: &'static str,
    pub measured: String,
    pub peer: String,
    pub target: String,
    met: Option<bool>,
}

impl Verdict {
    pub fn word(&self) -> &'static str {
        match self.met {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "",
        }
    }
}

/// Judges what was measured; targets without any measurement are left out.
pub fn judge(outcomes: &[Outcome]) -> Vec<Verdict> {
    let verdict = |target: &Target| {
        let find = |case: &&&str| outcomes.iter().find(|outcome| outcome.case == ***case);
        let ran: Vec<&Outcome> = target.cases.iter().filter_map(|case| find(&case)).collect();
        if ran.is_empty() {
            return None;
        }
        let values: Vec<Option<f64>> = ran
            .iter()
            .map(|outcome| target.value(outcomes, outcome, OWN))
            .collect();
        let met = values
            .iter()
            .map(|value| value.map(|value| target.bound.allows(value)));
        let met: Option<Vec<bool>> = met.collect();
        // A failed round means that the target was missed.
        let failed = ran.iter().any(|outcome| outcome.failures.contains_key(OWN));
        let cells = values
            .iter()
            .map(|value| value.map_or_else(|| "-".to_owned(), short));
        let peers: Vec<_> = ran
            .iter()
            .map(|outcome| target.best_peer(outcomes, outcome))
            .collect();
        let judged = !matches!(target.bound, Any);
        Some(Verdict {
            what: target.what,
            of: target.of.name(),
            measured: cells.collect::<Vec<_>>().join(" / "),
            peer: peers_text(&peers),
            target: target.bound.text(),
            met: if failed {
                Some(false)
            } else {
                met.filter(|_| judged).map(|all| all.iter().all(|one| *one))
            },
        })
    };
    TARGETS.iter().filter_map(verdict).collect()
}

impl Target {
    fn value(&self, outcomes: &[Outcome], outcome: &Outcome, contestant: &str) -> Option<f64> {
        let value = outcome.median(contestant, self.metric)?;
        match self.of {
            Value => Some(value),
            Toxiproxy => outcome.ratio(contestant, self.metric, TOXIPROXY),
            Direct => outcome.ratio(contestant, self.metric, DIRECT),
            Peer(name) => outcome.ratio(contestant, self.metric, name),
            Own(case) => {
                let other = outcomes.iter().find(|outcome| outcome.case == case)?;
                Some(value / other.median(contestant, self.metric)?)
            }
        }
    }

    /// The best of the others, by what the target wants; Toxiproxy has no ratio to itself.
    fn best_peer<'a>(&self, outcomes: &[Outcome], outcome: &'a Outcome) -> Option<(&'a str, f64)> {
        let out: &[&str] = match self.of {
            Toxiproxy => &[OWN, DIRECT, TOXIPROXY],
            Peer(name) => &[OWN, DIRECT, name],
            _ => &[OWN, DIRECT],
        };
        let others = outcome
            .contestants(self.metric)
            .filter(|name| !out.contains(name));
        let values = others.filter_map(|name| Some((name, self.value(outcomes, outcome, name)?)));
        let distance = |(_, value): &(&str, f64)| self.bound.distance(*value);
        values.min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }
}

/// `name a / b`, with a name said again only where it is another one.
fn peers_text(peers: &[Option<(&str, f64)>]) -> String {
    let mut last = None;
    let cells = peers.iter().map(|peer| match peer {
        Some((name, value)) if last.replace(*name) == Some(*name) => short(*value),
        Some((name, value)) => format!("{name} {}", short(*value)),
        None => "-".to_owned(),
    });
    match peers.iter().all(Option::is_none) {
        true => "-".to_owned(),
        false => cells.collect::<Vec<_>>().join(" / "),
    }
}

impl ComparedAs {
    fn name(self) -> &'static str {
        match self {
            Value => "value",
            Toxiproxy => "x toxiproxy",
            Direct => "x bare timer",
            Own("http/noop" | "http/stream-noop") => "x noop",
            Own(_) => "x no toxic",
            Peer(name) => name,
        }
    }
}

impl Bound {
    fn allows(self, value: f64) -> bool {
        match self {
            AtMost(most) => value <= most,
            AtLeast(least) => value >= least,
            Within(least, most) => (least..=most).contains(&value),
            Any => true,
        }
    }

    /// The distance from the target: the smaller, the better.
    fn distance(self, value: f64) -> f64 {
        match self {
            AtMost(_) | Any => value,
            AtLeast(_) => -value,
            Within(least, most) => (value - f64::midpoint(least, most)).abs(),
        }
    }

    fn text(self) -> String {
        match self {
            AtMost(most) => format!("<= {most}"),
            AtLeast(least) => format!(">= {least}"),
            Within(least, most) => format!("{least}..{most}"),
            Any => "told".to_owned(),
        }
    }
}
