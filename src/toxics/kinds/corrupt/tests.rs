//! Which bytes are changed, and how.

use std::sync::Arc;

use super::*;
use crate::engine::sim::Sim;
use crate::engine::{Plan, PlannedToxic};
use proptest::prelude::*;

const SIZE: usize = if cfg!(miri) { 70_000 } else { 1_000_000 };

fn plan(rate: f64, mode: Mode, seed: u64) -> Plan {
    let corrupt = Corrupt {
        share: rate / MILLION,
        mode,
    };
    let toxic = PlannedToxic::new(1, "corrupt", DrawKey::of_seed(seed), Arc::new(corrupt));
    Plan {
        downstream: vec![toxic.into()],
        ..Plan::default()
    }
}

fn input(size: usize) -> Vec<u8> {
    (0..size).map(|at| 1 + (at % 255) as u8).collect()
}

/// What leaves if the input comes in chunks of these sizes, repeated.
fn output(rate: f64, mode: Mode, size: usize, chunks: &[usize]) -> Vec<u8> {
    let mut sim = Sim::new(&plan(rate, mode, 1));
    let input = input(size);
    let mut rest = input.as_slice();
    for chunk in chunks.iter().cycle() {
        let (first, after) = rest.split_at((*chunk).min(rest.len()));
        sim.push(first.to_vec());
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    sim.bytes()
}

fn changes(output: &[u8]) -> Vec<usize> {
    let input = input(output.len());
    let pairs = input.iter().zip(output).enumerate();
    pairs
        .filter(|(_, (a, b))| a != b)
        .map(|(at, _)| at)
        .collect()
}

#[test]
fn the_share_of_changed_bytes_is_the_rate() {
    for rate in [0.0, 100.0, 10_000.0, 500_000.0, MILLION] {
        let output = output(rate, Mode::Flip, SIZE, &[64 * 1024]);
        assert_eq!(output.len(), SIZE);
        let expected = SIZE as f64 * rate / MILLION;
        let found = changes(&output).len() as f64;
        // Five standard deviations of a binomial count.
        let near = 5.0 * (expected * (1.0 - rate / MILLION)).sqrt();
        assert!((found - expected).abs() <= near, "{found} at {rate}");
    }
}

#[test]
fn gaps_between_changes_are_geometric_across_blocks() {
    let share = 0.001;
    let output = output(share * MILLION, Mode::Flip, SIZE, &[64 * 1024]);
    let changes = changes(&output);
    let gaps = changes.windows(2).map(|pair| pair[1] - pair[0]);
    let long = gaps.clone().filter(|gap| *gap > 693).count() as f64;
    // Half of the gaps are longer than ln 2 / 0.001.
    let half = gaps.len() as f64 / 2.0;
    assert!(
        (long - half).abs() < 5.0 * (half / 2.0).sqrt(),
        "{long} of {half}"
    );
}

#[test]
fn each_mode_does_what_it_says() {
    let size = 10_000;
    let pairs = |mode| {
        let output = output(MILLION, mode, size, &[777]);
        input(size).into_iter().zip(output)
    };
    assert!(pairs(Mode::Flip).all(|(a, b)| (a ^ b).count_ones() == 1));
    assert!(pairs(Mode::Overwrite).all(|(a, b)| a != b));
    assert!(pairs(Mode::Zero).all(|(_, b)| b == 0));
    let bits = pairs(Mode::Flip).fold(0, |bits, (a, b)| bits | a ^ b);
    assert_eq!(bits, 0xff, "some bit is never flipped");
}

#[test]
fn a_chunk_without_a_change_is_not_copied() {
    let mut sim = Sim::new(&plan(1.0, Mode::Flip, 1));
    let bytes = bytes::Bytes::from(input(1000));
    let at = bytes.as_ptr();
    sim.push(bytes);
    let crate::engine::sim::Out::Data(left) = &sim.log[0].1 else {
        panic!("no data");
    };
    assert_eq!(left.as_ptr(), at);
    assert_eq!(changes(left), [0_usize; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 2 } else { 64 }, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn chunk_borders_change_nothing(
        rate in prop_oneof![Just(30.0), Just(5000.0), Just(900_000.0)],
        chunks in prop::collection::vec(1..40_000_usize, 1..8),
    ) {
        let size = 150_000;
        let whole = output(rate, Mode::Overwrite, size, &[size]);
        prop_assert_eq!(output(rate, Mode::Overwrite, size, &chunks), whole);
    }
}
