//! What a latency draws: the distribution of its delays, what they depend on, and what happens when
//! it changes under way.

mod live;
mod replay;
mod shapes;

use aconite::engine::sim::{Out, Sim};
use aconite::engine::{Direction, Moment, Pipeline};
use aconite::toxics::{Catalogue, Value};

use crate::harness::book::Book;
use crate::harness::json;

/// Longer than any delay that these tests draw.
const PAUSE_MS: u64 = 100_000_000;

/// Attributes from JSON.
fn attributes(given: &[(&'static str, &str)]) -> Vec<(&'static str, Value)> {
    let read = |(name, text): &(&'static str, &str)| {
        let value = json::read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        (*name, value)
    };
    given.iter().map(read).collect()
}

/// A plan with one latency.
fn book(seed: u64, given: &[(&'static str, &str)]) -> Book {
    let mut book = Book::new(seed);
    book.add_with("slow", "latency", &attributes(given), 1.0);
    book
}

/// A simulation of one connection's downstream.
fn sim(book: &Book, connection: u64) -> Sim {
    let plan = book.plan();
    Sim {
        pipeline: Pipeline::new(plan, Direction::Downstream, connection, Moment::ORIGIN),
        ..Sim::new(plan)
    }
}

/// The delays in ms of chunks of these sizes, each pushed when the last one has left.
fn delays(book: &Book, connection: u64, sizes: impl IntoIterator<Item = usize>) -> Vec<f64> {
    let mut sim = sim(book, connection);
    let mut delays = Vec::new();
    for size in sizes {
        let came = sim.now;
        sim.push(vec![7; size]).run_ms(PAUSE_MS);
        let (left, out) = sim.log.pop().expect("it left");
        assert!(matches!(out, Out::Data(bytes) if bytes.len() == size));
        delays.push(left.since(came).as_nanos() as f64 / 1e6);
    }
    delays
}

/// Why a latency with these attributes is refused.
fn refusal(given: &[(&'static str, &str)]) -> String {
    let catalogue = Catalogue::default();
    let kind = catalogue.find("latency").expect("the kind");
    let made = kind.make(&attributes(given));
    made.expect_err("it makes no sense").to_string()
}

#[test]
fn combinations_that_make_no_sense_are_refused_by_their_path() {
    let normal = r#"{"type": "normal", "stddev": 5}"#;
    for (given, expected) in [
        (
            &[
                ("jitter", "5"),
                ("per", r#""message""#),
                ("phase", r#""connect""#),
            ][..],
            "per does not go with the phase connect, where a connection has one draw",
        ),
        (
            &[("distribution", normal), ("jitter", "10")][..],
            "attributes.jitter is 10 ms, but must be 0 beside a distribution, which says how the delay varies",
        ),
        (
            &[("distribution", r#"{"quantiles": {"p90": 10, "p50": 20}}"#)],
            "distribution.quantiles.p90 is 10, but must be 20 or more, the value of p50",
        ),
        (
            &[(
                "distribution",
                r#"{"type": "pareto", "jitter": 5, "shape": 1}"#,
            )],
            "distribution.shape is 1, but must be above 1, because a pareto with a shape of 1 or less has no finite mean",
        ),
        (
            &[("per", r#""connection""#)],
            "per has nothing to draw: give a jitter or a distribution too",
        ),
        (
            &[("correlation", "0.5"), ("latency", "50")],
            "correlation has nothing to draw: give a jitter or a distribution too",
        ),
        (
            &[
                ("jitter", "5"),
                ("correlation", "0.5"),
                ("per", r#""connection""#),
            ],
            "correlation is 0.5, but must be 0 with per \"connection\", where there is one draw",
        ),
        (
            &[(
                "wave",
                r#"{"shape": "sine", "amplitude": 0, "period": "1s"}"#,
            )],
            "wave.amplitude is 0, but must be above 0; leave wave out for none",
        ),
        (
            &[("wave", r#"{"shape": "sine", "amplitude": 5, "period": 0}"#)],
            "wave.period is 0, but must be 1ms or more",
        ),
    ] {
        assert_eq!(refusal(given), expected);
    }
}
