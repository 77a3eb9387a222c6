//! Statistics of the soak, and its violations.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

#[derive(Default)]
struct Pages {
    operations: BTreeMap<&'static str, u64>,
    faults: BTreeMap<&'static str, u64>,
    connections: BTreeMap<&'static str, u64>,
    bytes: u64,
    answers: Vec<Duration>,
    /// The last requests, printed with the first violation.
    recent: VecDeque<(Instant, String)>,
    violations: BTreeMap<&'static str, u64>,
    /// The first violations in full.
    told: Vec<String>,
    /// By proxy: clients that saw an unexplained end, and upstreams that left before they knew
    /// their client.
    unexplained: BTreeMap<usize, (u64, u64)>,
}

#[derive(Default)]
pub struct Book(Mutex<Pages>);

/// How many requests are printed with the first violation.
const RECENT: usize = 80;
/// How many violations are printed in full.
const TOLD: usize = 20;

impl Book {
    fn add(
        &self,
        column: impl FnOnce(&mut Pages) -> &mut BTreeMap<&'static str, u64>,
        kind: &'static str,
    ) {
        *column(&mut self.0.lock().unwrap()).entry(kind).or_default() += 1;
    }

    /// Counts a request to the API.
    pub fn operation(&self, kind: &'static str) {
        self.add(|pages| &mut pages.operations, kind);
    }

    /// Counts a hostile action of a peer or a controller.
    pub fn fault(&self, kind: &'static str) {
        self.add(|pages| &mut pages.faults, kind);
    }

    /// Counts one direction of a connection that was judged, and by which rule.
    pub fn judged(&self, kind: &'static str) {
        self.add(|pages| &mut pages.connections, kind);
    }

    pub fn bytes(&self, count: usize) {
        self.0.lock().unwrap().bytes += count as u64;
    }

    pub fn answer(&self, took: Duration, told: String) {
        let mut pages = self.0.lock().unwrap();
        pages.answers.push(took);
        pages.recent.push_back((Instant::now(), told));
        if pages.recent.len() > RECENT {
            pages.recent.pop_front();
        }
    }

    pub fn violation(&self, kind: &'static str, text: &str) {
        let mut pages = self.0.lock().unwrap();
        *pages.violations.entry(kind).or_default() += 1;
        if pages.told.len() < TOLD {
            pages.told.push(format!("{kind}: {text}"));
            say(&format!("soak: VIOLATION {kind}: {text}"));
            for (at, request) in pages.recent.drain(..) {
                say(&format!("  {:?} ago: {request}", at.elapsed()));
            }
        }
    }

    pub fn unexplained_client(&self, proxy: usize) {
        self.0
            .lock()
            .unwrap()
            .unexplained
            .entry(proxy)
            .or_default()
            .0 += 1;
    }

    pub fn unknown_leaver(&self, proxy: usize) {
        self.0
            .lock()
            .unwrap()
            .unexplained
            .entry(proxy)
            .or_default()
            .1 += 1;
    }

    /// Takes the counts by proxy: unexplained clients, unknown leavers.
    pub fn take_unexplained(&self) -> BTreeMap<usize, (u64, u64)> {
        std::mem::take(&mut self.0.lock().unwrap().unexplained)
    }

    /// The violations so far; empty if there are none.
    pub fn wrongs(&self) -> Vec<String> {
        self.0.lock().unwrap().told.clone()
    }

    /// A table of everything.
    pub fn summary(&self, control: Vec<Duration>) -> String {
        let mut pages = self.0.lock().unwrap();
        let mut text = String::new();
        for (title, column) in [
            ("operations", &pages.operations),
            ("faults", &pages.faults),
            ("directions judged", &pages.connections),
            ("violations", &pages.violations),
        ] {
            let sum: u64 = column.values().sum();
            let _ = writeln!(text, "{title:18} {sum:>12}");
            for (kind, count) in column {
                let _ = writeln!(text, "  {kind:28} {count:>12}");
            }
        }
        let _ = writeln!(text, "{:18} {:>12}", "bytes checked", pages.bytes);
        let _ = writeln!(text, "API answers        {}", times(&mut pages.answers));
        let mut control = control;
        let _ = writeln!(text, "machine's control  {}", times(&mut control));
        text
    }
}

fn times(all: &mut [Duration]) -> String {
    all.sort_unstable();
    let at = |share: f64| {
        let index = (all.len() as f64 * share) as usize;
        all.get(index.min(all.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
            .as_secs_f64()
            * 1000.0
    };
    format!(
        "p50 {:.2} ms, p99 {:.1} ms, max {:.1} ms of {}",
        at(0.5),
        at(0.99),
        at(1.0),
        all.len()
    )
}

/// Bypasses the test harness, which captures the output of a passing test.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
