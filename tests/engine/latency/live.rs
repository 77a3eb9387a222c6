//! A latency that changes under way, and the wave that it follows.

use aconite::engine::Ending;
use aconite::engine::sim::Out;
use proptest::prelude::*;

use super::{attributes, book, sim};

/// Latencies of every shape. An update sets all of these attributes, so that none stays.
const SHAPES: &[[(&str, &str); 4]] = &[
    [
        ("jitter", "0"),
        ("distribution", "{}"),
        ("per", r#""chunk""#),
        ("wave", "{}"),
    ],
    [
        ("jitter", "40"),
        ("distribution", "{}"),
        ("per", r#""connection""#),
        ("wave", "{}"),
    ],
    [
        ("jitter", "0"),
        (
            "distribution",
            r#"{"type": "normal", "mean": 100, "stddev": 50}"#,
        ),
        ("per", r#""chunk""#),
        (
            "wave",
            r#"{"shape": "sine", "amplitude": 200, "period": "1s"}"#,
        ),
    ],
    [
        ("jitter", "0"),
        ("distribution", r#"{"quantiles": {"p50": 5, "p99": 500}}"#),
        ("per", r#""message""#),
        ("wave", "{}"),
    ],
];

#[derive(Clone, Debug)]
enum Step {
    Push(usize),
    Pass(u64),
    Change(usize),
    Correlate(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..500_usize).prop_map(Step::Push),
        3 => (0..200_u64).prop_map(Step::Pass),
        2 => (0..SHAPES.len()).prop_map(Step::Change),
        1 => any::<bool>().prop_map(Step::Correlate),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changing_the_shape_loses_and_reorders_nothing(steps in prop::collection::vec(step(), 1..40)) {
        let mut book = book(5, &SHAPES[2]);
        let mut shape = 2;
        let mut sim = sim(&book, 1);
        let mut sent = Vec::new();
        for step in steps {
            match step {
                Step::Push(size) => {
                    let bytes: Vec<u8> = (0..size).map(|at| ((sent.len() + at) % 251) as u8).collect();
                    sent.extend_from_slice(&bytes);
                    sim.push(bytes);
                }
                Step::Pass(ms) => drop(sim.run_ms(ms)),
                Step::Change(to) => {
                    shape = to;
                    let mut to = attributes(&SHAPES[to]);
                    to.push(("correlation", 0.0.into()));
                    book.update_with("slow", &to);
                    sim.adopt(book.plan());
                }
                // One draw for a connection or for nothing has nothing to be like.
                Step::Correlate(correlate) if shape == 2 => {
                    let correlation = if correlate { 0.9 } else { 0.0 };
                    book.update_with("slow", &[("correlation", correlation.into())]);
                    sim.adopt(book.plan());
                }
                Step::Correlate(_) => {}
            }
        }
        sim.finish(Ending::Eof).run_ms(super::PAUSE_MS);
        prop_assert!(sim.bytes() == sent);
        prop_assert_eq!(sim.log.last().map(|(_, out)| out), Some(&Out::End(Ending::Eof)));
    }
}

#[test]
fn all_connections_see_the_same_wave() {
    let given = [
        ("latency", "100"),
        (
            "wave",
            r#"{"shape": "triangle", "amplitude": 80, "period": "40s"}"#,
        ),
    ];
    let book = book(5, &given);
    for connection in [1, 2] {
        let mut sim = sim(&book, connection);
        let mut delays = Vec::new();
        for second in 0..8 {
            sim.run_until(aconite::engine::Moment::from_nanos(second * 5_000_000_000));
            let came = sim.now;
            sim.push("x").run_ms(1000);
            let left = sim.log.last().expect("it left").0;
            delays.push(left.since(came).as_millis());
        }
        assert_eq!(delays, [100, 140, 180, 140, 100, 60, 20, 60]);
    }
}

#[test]
fn a_wave_takes_no_more_away_than_there_is() {
    let given = [(
        "wave",
        r#"{"shape": "square", "amplitude": 50, "period": 200}"#,
    )];
    let book = book(5, &given);
    let mut sim = sim(&book, 1);
    sim.push("a").run_ms(150).push("b").run_ms(100);
    assert_eq!(sim.transcript(), "50: a\n150: b\n");
}
