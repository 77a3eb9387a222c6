//! Tests of whole chains of toxics in virtual time. They are few and short, so that Miri can run
//! them.

use std::time::Duration;

use super::Catalogue;
use crate::engine::sim::Sim;
use crate::engine::{DrawKey, Ending, Plan, PlannedToxic};

type Row = (&'static str, &'static [(&'static str, i64)]);

/// The kinds that lose no data, with values that give each of them something to do.
const GENTLE: [Row; 5] = [
    ("latency", &[("latency", 5), ("jitter", 3)]),
    ("bandwidth", &[("rate", 100)]),
    (
        "slicer",
        &[("average_size", 64), ("size_variation", 32), ("delay", 10)],
    ),
    ("slow_close", &[("delay", 20)]),
    ("noop", &[]),
];

fn plan(seed: u64, rows: &[Row]) -> Plan {
    let mut plan = Plan::default();
    for (id, (kind, values)) in rows.iter().enumerate() {
        let toxic = Catalogue::default();
        let toxic = toxic.find(kind).unwrap().make(values).unwrap();
        let toxic = PlannedToxic::new(id as u64, kind, DrawKey::of_seed(seed), toxic);
        plan.downstream.push(toxic.into());
    }
    plan
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| (at % 251) as u8).collect()
}

fn run(seed: u64, chunks: &[usize]) -> Sim {
    let mut sim = Sim::new(&plan(seed, &GENTLE));
    sim.lateness = Duration::from_micros(300);
    let all = bytes(chunks.iter().sum());
    let mut from = 0;
    for size in chunks {
        sim.push(all[from..from + size].to_vec()).run_ms(1);
        from += size;
    }
    sim.finish(Ending::Eof);
    sim.run_ms(5000);
    sim
}

#[test]
fn a_chain_passes_everything_in_order_and_comes_to_rest() {
    for seed in 0..3 {
        let sim = run(seed, &[1, 300, 50, 700]);
        assert_eq!(sim.bytes(), bytes(1051));
        assert_eq!(sim.pipeline.queued(), 0);
    }
}

#[test]
fn the_same_seed_gives_the_same_times_and_another_gives_others() {
    let (one, again, other) = (run(7, &[400]), run(7, &[400]), run(8, &[400]));
    assert_eq!(one.log, again.log);
    assert_ne!(one.log, other.log);
}

#[test]
fn what_is_taken_out_at_any_moment_loses_nothing() {
    for moment in 0..6 {
        let mut sim = Sim::new(&plan(1, &GENTLE));
        sim.push(bytes(500)).run_ms(moment);
        sim.adopt(&plan(1, &GENTLE[..2])).push(bytes(9)).run_ms(1);
        sim.adopt(&plan(1, &[]));
        sim.finish(Ending::Eof);
        sim.run_ms(5000);
        assert_eq!(sim.bytes(), [bytes(500), bytes(9)].concat(), "{moment}");
    }
}

#[test]
fn what_cuts_leaves_a_prefix_and_one_ending() {
    let cutters: [Row; 3] = [
        ("limit_data", &[("bytes", 100)]),
        ("timeout", &[("timeout", 10)]),
        ("reset_peer", &[("timeout", 10)]),
    ];
    for (kind, values) in cutters {
        let rows: [Row; 2] = [("latency", &[("latency", 1)]), (kind, values)];
        let mut sim = Sim::new(&plan(1, &rows));
        sim.push(bytes(300)).run_ms(50);
        sim.run_ms(5000);
        let out = sim.bytes();
        assert!(bytes(300).starts_with(&out) && out.len() <= 100, "{kind}");
        assert!(!sim.pipeline.has_room(), "{kind} has not ended it");
    }
}
