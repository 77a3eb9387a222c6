//! Replays recordings of Toxiproxy against the real executable, and checks the list of deliberate
//! deviations. The format is described in `testdata/conformance/README.md`.
//!
//! * `ACONITE_TEST_SERVER=PATH` runs another server, which then has to pass every recording. With the
//!   path of Toxiproxy, the runner itself is checked.
//! * `ACONITE_TEST_SLACK=2` doubles every upper time bound, for slow machines. Lower bounds stay.
//! * `ACONITE_TEST_SCENARIOS=dp-,limit-zero` runs only those whose names begin so.
//!
//! `scenario` reads a file and `play` replays it on a fresh server: `http`, `data_plane`, `conn` and
//! `reading` do the steps, `answer`, `body`, `pattern` and `window` compare. `pool` runs many at once;
//! `exceptions` and `verdict` judge the results. The runner speaks to the server through `support` alone
//! and knows nothing of the library.

mod answer;
mod body;
mod checks;
mod conn;
mod data_plane;
mod exceptions;
mod http;
mod pattern;
mod places;
mod play;
mod pool;
mod reading;
mod request;
mod scenario;
mod step;
mod verdict;
mod window;

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use exceptions::Exceptions;
use scenario::Scenario;
use verdict::Verdict;

/// Concurrent scenarios. Nearly all of their time is waiting.
const THREADS: usize = 8;

/// Replays all recordings and panics unless each behaves as it should.
#[test]
fn recordings_of_toxiproxy_hold() {
    let start = Instant::now();
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/conformance"));
    let (all, exceptions) = (load(folder), load_exceptions(folder));
    let mut problems = exceptions.without_scenario(&all);
    let chosen = choose(all);
    assert!(!chosen.is_empty(), "no recording was chosen");

    let first = pool::run(&chosen, THREADS, play::play_safely);
    let mut verdict = Verdict::default();
    for (scenario, mut failures) in chosen.iter().zip(first) {
        let reason = exceptions.reason(&scenario.name);
        if !failures.is_empty() && reason.is_none() {
            // A busy machine is not a defect of the server, so run it once more, alone.
            say(&format!("again, alone: {}", report(scenario, &failures)));
            failures = play::play_safely(scenario);
        }
        verdict.count(scenario, reason, failures);
    }
    say(&format!(
        "{verdict} in {:.1} s",
        start.elapsed().as_secs_f64()
    ));
    problems.append(&mut verdict.problems);
    assert!(problems.is_empty(), "{verdict}\n{}", problems.join("\n"));
}

fn load(folder: &Path) -> Vec<Scenario> {
    Scenario::load_all(folder).unwrap_or_else(|error| panic!("{error}"))
}

/// The exceptions apply to this package's server; another server has none.
fn load_exceptions(folder: &Path) -> Exceptions {
    if support::server::other_server().is_some() {
        return Exceptions::default();
    }
    let path = folder.join("exceptions.txt");
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    Exceptions::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn choose(all: Vec<Scenario>) -> Vec<Scenario> {
    let Ok(wanted) = std::env::var("ACONITE_TEST_SCENARIOS") else {
        return all;
    };
    all.into_iter()
        .filter(|one| wanted.split(',').any(|start| one.name.starts_with(start)))
        .collect()
}

/// The failures of one scenario, one per line.
fn report(scenario: &Scenario, failures: &[String]) -> String {
    let mut text = format!("{} ({})", scenario.name, scenario.purpose);
    if let Some(quirk) = &scenario.quirk {
        text.push_str(&format!(
            "\n  Toxiproxy's behaviour looks unintended: {quirk}"
        ));
    }
    for failure in failures {
        text.push_str("\n  ");
        text.push_str(failure);
    }
    text
}

/// Bypasses the capture of test output, so that the summary is also shown when everything passes.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "conformance: {text}");
}
