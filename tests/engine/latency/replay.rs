//! A delay depends on the seed, the connection and the place in the stream, and not on how the stream
//! was cut.

use std::collections::BTreeMap;

use aconite::engine::framing::{Delimiter, Framing};
use aconite::engine::sim::Duplex;
use aconite::engine::{Direction, Moment};
use proptest::prelude::*;

use super::{PAUSE_MS, book, delays, sim};

const NORMAL: (&str, &str) = (
    "distribution",
    r#"{"type": "normal", "mean": 100, "stddev": 20}"#,
);

/// Sizes of chunks.
fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1..50_usize, 1..40)
}

/// Delays by the offset at which their chunks begin.
fn by_offset(given: &[(&'static str, &str)], sizes: &[usize]) -> BTreeMap<usize, f64> {
    let delays = delays(&book(3, given), 4, sizes.iter().copied());
    let mut offset = 0;
    let offsets = sizes.iter().map(|size| {
        let from = offset;
        offset += size;
        from
    });
    offsets.zip(delays).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_offset_has_the_same_delay_however_the_stream_is_cut(one in sizes(), other in sizes()) {
        let (one, other) = (by_offset(&[NORMAL], &one), by_offset(&[NORMAL], &other));
        for (offset, delay) in &one {
            prop_assert!(other.get(offset).is_none_or(|same| same == delay), "at {}", offset);
        }
    }

    #[test]
    fn a_connection_has_one_delay_however_the_stream_is_cut(one in sizes(), other in sizes()) {
        let given = [NORMAL, ("per", r#""connection""#)];
        let all = by_offset(&given, &one).into_values().chain(by_offset(&given, &other).into_values());
        let all: Vec<f64> = all.collect();
        prop_assert!(all.iter().all(|delay| *delay == all[0]), "{:?}", all);
    }

    #[test]
    fn the_same_cuts_give_the_same_correlated_delays(sizes in sizes()) {
        let given = [NORMAL, ("correlation", "0.7")];
        prop_assert_eq!(by_offset(&given, &sizes), by_offset(&given, &sizes));
    }
}

#[test]
fn connections_and_seeds_have_delays_of_their_own() {
    let given = [NORMAL, ("per", r#""connection""#)];
    let of = |seed, connection| delays(&book(seed, &given), connection, [1])[0];
    let mut all: Vec<f64> = (1..=50).map(|connection| of(3, connection)).collect();
    all.extend((4..54).map(|seed| of(seed, 1)));
    all.sort_by(f64::total_cmp);
    all.dedup();
    assert_eq!(all.len(), 100);
}

#[test]
fn one_draw_per_connection_applies_to_jitter_too() {
    let given = [
        ("latency", "50"),
        ("jitter", "30"),
        ("per", r#""connection""#),
    ];
    let delays = delays(&book(3, &given), 1, [1, 5, 2]);
    assert!(delays.iter().all(|delay| *delay == delays[0]));
}

/// What a seed means must not change from release to release, nor from platform to platform.
#[test]
fn the_meaning_of_a_seed_is_fixed() {
    let of = |distribution: &'static str| {
        let book = book(3, &[("distribution", distribution)]);
        delays(&book, 1, [1, 1])
    };
    for (distribution, expected) in [
        (
            r#"{"type": "normal", "mean": 100, "stddev": 20}"#,
            [136.453_119, 102.856_359],
        ),
        (
            r#"{"type": "lognormal", "median": 20, "p99": 400}"#,
            [209.105_749, 24.038_212],
        ),
        (
            r#"{"type": "pareto", "mean": 100, "jitter": 20}"#,
            [142.171_436, 94.975_446],
        ),
        (
            r#"{"quantiles": {"p50": 20, "p99": 400}}"#,
            [280.620_287, 31.709_667],
        ),
    ] {
        assert_eq!(of(distribution), expected, "{distribution}");
    }
}

/// The delay of the first chunk of each turn, by the turn's offset. All chunks of a turn must have it.
fn by_turn(given: &[(&'static str, &str)], turns: &[Vec<usize>]) -> Vec<f64> {
    let mut both = Duplex::new(book(3, given).plan());
    let mut delays = Vec::new();
    for sizes in turns {
        both.push(Direction::Upstream, "a request").run_ms(1);
        let mut came = Vec::new();
        for size in sizes {
            came.push(both.now());
            both.push(Direction::Downstream, vec![7; *size])
                .run_ms(PAUSE_MS);
        }
        let left = both.down.log.drain(..);
        let waits = left
            .zip(came)
            .map(|((left, _), came)| left.since(came).as_nanos() as f64 / 1e6);
        let waits: Vec<f64> = waits.collect();
        assert_eq!(waits.len(), sizes.len());
        assert!(waits.iter().all(|wait| *wait == waits[0]), "{waits:?}");
        delays.push(waits[0]);
    }
    delays
}

/// Cuts the same turns in another way: turn by turn, what is left of its size after `first` bytes
/// comes as one chunk.
fn cut_again(turns: &[Vec<usize>], first: usize) -> Vec<Vec<usize>> {
    let again = turns.iter().map(|sizes| {
        let size: usize = sizes.iter().sum();
        let first = first.min(size);
        let mut parts = vec![first, size - first];
        parts.retain(|part| *part > 0);
        parts
    });
    again.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_turn_has_one_delay_however_it_is_cut(
        turns in prop::collection::vec(prop::collection::vec(1..50_usize, 1..5), 1..10),
        first in 1..60_usize,
    ) {
        for correlation in ["0", "0.7"] {
            let given = [NORMAL, ("per", r#""message""#), ("correlation", correlation)];
            let one = by_turn(&given, &turns);
            prop_assert_eq!(&one, &by_turn(&given, &cut_again(&turns, first)));
            prop_assert!(one.windows(2).all(|pair| pair[0] != pair[1]), "{:?}", one);
        }
    }
}

#[test]
fn messages_that_came_as_one_chunk_have_delays_of_their_own() {
    let mut book = book(3, &[NORMAL, ("per", r#""message""#)]);
    book.set_framing("slow", Delimiter::new(b"\n").map(Framing::Delimiter));
    // Each draw of this connection is longer than the one before.
    let mut sim = sim(&book, 61);
    sim.push("one\ntwo\nthree\nfour\n").run_ms(PAUSE_MS);
    let moments: Vec<Moment> = sim.log.drain(..).map(|(at, _)| at).collect();
    assert_eq!(moments.len(), 4);
    assert!(
        moments.is_sorted() && moments[0] < moments[3],
        "{moments:?}"
    );
    let mut delays = Vec::new();
    for part in ["five", ", still five", "\n", "six\n"] {
        let came = sim.now;
        sim.push(part).run_ms(PAUSE_MS);
        let (left, _) = sim.log.pop().expect("it left");
        delays.push(left.since(came));
    }
    assert_eq!(delays[..2], delays[1..3]);
    assert_ne!(delays[2], delays[3]);
}
