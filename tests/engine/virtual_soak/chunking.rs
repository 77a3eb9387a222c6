//! How the network cuts a stream into chunks changes neither which bytes leave nor which connections a
//! toxic applies to.

use std::time::Duration;

use aconite::engine::{Ending, Moment};
use aconite::toxics::Value;
use proptest::prelude::*;

use crate::harness::book::Book;
use crate::harness::driver::{Driver, FAR};
use crate::harness::rounds::stream;

#[derive(Clone, Debug)]
struct Toxic {
    kind: &'static str,
    attributes: Vec<(&'static str, Value)>,
    toxicity: f64,
}

fn harmless() -> impl Strategy<Value = Toxic> {
    let kinds = prop_oneof![
        (-5..300_i64, 0..100_i64).prop_map(|(latency, jitter)| (
            "latency",
            vec![("latency", latency), ("jitter", jitter)]
        )),
        (1..5000_i64).prop_map(|rate| ("bandwidth", vec![("rate", rate)])),
        (2..500_i64, 0..500_i64, 0..9000_i64).prop_map(|(average, variation, delay)| {
            let variation = variation.min(average);
            let attributes = vec![
                ("average_size", average),
                ("size_variation", variation),
                ("delay", delay),
            ];
            ("slicer", attributes)
        }),
        (0..500_i64).prop_map(|delay| ("slow_close", vec![("delay", delay)])),
        Just(("noop", Vec::new())),
    ];
    let kinds = kinds.prop_map(|(kind, attributes): (_, Vec<(_, i64)>)| {
        let attributes = attributes.into_iter();
        let attributes = attributes.map(|(name, value)| (name, value.into()));
        (kind, attributes.collect())
    });
    let loss = (0.0..0.2_f64, 0..500_i64).prop_map(|(share, rtt)| {
        let attributes = vec![("loss_rate", share.into()), ("rtt", rtt.into())];
        ("packet_loss", attributes)
    });
    let kinds = prop_oneof![5 => kinds, 1 => loss];
    (kinds, 0.0..1.2_f64).prop_map(|((kind, attributes), toxicity)| Toxic {
        kind,
        attributes,
        toxicity,
    })
}

fn chain() -> impl Strategy<Value = Vec<Toxic>> {
    prop::collection::vec(harmless(), 0..6)
}

/// Sizes of chunks with the pause (in µs) before each.
fn chunks() -> impl Strategy<Value = Vec<(usize, u64)>> {
    prop::collection::vec((1..2000_usize, prop_oneof![Just(0), 0..100_000_u64]), 0..20)
}

fn book(seed: u64, chain: &[Toxic]) -> Book {
    let mut book = Book::new(seed);
    for (index, toxic) in chain.iter().enumerate() {
        book.add_with(
            &format!("toxic {index}"),
            toxic.kind,
            &toxic.attributes,
            toxic.toxicity,
        );
    }
    book
}

/// Pushes the chunks and returns everything that left.
fn pass(book: &Book, chunks: &[(usize, u64)]) -> Driver {
    let mut driver = Driver::new(book.plan(), Moment::ORIGIN, 1);
    for (size, pause) in chunks {
        driver.run_for(Duration::from_micros(*pause));
        let start = driver.bytes_in as usize;
        driver.push(stream().slice(start..start + size));
    }
    driver.finish(Ending::Eof);
    driver.run_until(FAR);
    driver
}

fn bytes(driver: &Driver) -> Vec<u8> {
    let data = driver.log.iter().filter_map(|(_, out)| match out {
        aconite::engine::sim::Out::Data(bytes) => Some(bytes.as_ref()),
        aconite::engine::sim::Out::End(_) => None,
    });
    data.collect::<Vec<_>>().concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_in_are_bytes_out(seed: u64, chain in chain(), chunks in chunks()) {
        let driver = pass(&book(seed, &chain), &chunks);
        let total = chunks.iter().map(|(size, _)| size).sum::<usize>();
        prop_assert!(bytes(&driver) == stream()[..total]);
        prop_assert_eq!(driver.endings(), [Ending::Eof]);
        prop_assert_eq!(driver.pipeline.queued(), 0);
    }

    #[test]
    fn a_limit_lets_the_same_bytes_pass_however_they_are_cut(
        limit in 0..20_000_i64,
        chain in chain(),
        chunks in chunks(),
    ) {
        let mut book = book(1, &chain);
        book.add("limit", "limit_data", &[("bytes", limit)], 1.0);
        let total = chunks.iter().map(|(size, _)| size).sum::<usize>();
        let driver = pass(&book, &chunks);
        let expected = total.min(limit as usize);
        prop_assert!(bytes(&driver) == stream()[..expected]);
        let reached = total > 0 && total >= limit as usize;
        let ending = if reached { Ending::Close } else { Ending::Eof };
        prop_assert_eq!(driver.endings(), [ending]);
    }

    #[test]
    fn what_a_toxic_applies_to_does_not_depend_on_chunks(seed: u64, chain in chain(), chunks in chunks()) {
        let book = book(seed, &chain);
        let fresh = Driver::new(book.plan(), Moment::ORIGIN, 1).pipeline.is_clear();
        let mut driver = Driver::new(book.plan(), Moment::ORIGIN, 2);
        for (size, pause) in &chunks {
            driver.run_for(Duration::from_micros(*pause));
            driver.push(vec![0; *size].into());
            driver.adopt(book.plan());
        }
        driver.run_until(FAR);
        prop_assert_eq!(driver.pipeline.is_clear(), fresh);
    }
}
