//! Draws by stream offset are the same, however the network cut the earlier bytes into chunks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aconite::engine::sim::Out;
use aconite::engine::{Identity, Moment, Quantiles};
use proptest::prelude::*;

use crate::harness::book::Book;
use crate::harness::driver::{Driver, FAR};
use crate::harness::rounds::stream;

/// Longer than any delay here.
const SETTLED: Duration = Duration::from_secs(2);

/// Offsets where chunks begin; the last one is where the stream ends.
type Borders = BTreeSet<usize>;

/// Two ways to cut one stream that share some offsets and one whole chunk.
fn two_cuts() -> impl Strategy<Value = (Borders, Borders)> {
    let some = || prop::collection::btree_set(1..9000_usize, 0..12);
    (some(), some(), some()).prop_map(|(both, one, other)| {
        let frame = BTreeSet::from([0, 10_000, 13_000]);
        let cut = |own: BTreeSet<usize>| &(&own | &both) | &frame;
        (cut(one), cut(other))
    })
}

/// The result for one chunk: when it arrived, and what left how much later.
type Fate = Vec<(usize, Duration)>;

/// Sends the chunks far enough apart that none waits for another. Returns the result for each by
/// its offset and size.
fn fates(
    book: &Book,
    identity: Identity,
    borders: &Borders,
    late: Duration,
) -> BTreeMap<(usize, usize), Fate> {
    let mut driver = Driver::of(identity, book.plan(), Moment::ORIGIN, 1);
    driver.most_late = late;
    let borders: Vec<usize> = borders.iter().copied().collect();
    let mut fates = BTreeMap::new();
    for chunk in borders.windows(2) {
        let (came, before) = (driver.now, driver.log.len());
        driver.push(stream().slice(chunk[0]..chunk[1]));
        driver.run_for(SETTLED);
        let left = driver.log[before..]
            .iter()
            .filter_map(|(at, out)| match out {
                Out::Data(bytes) => Some((bytes.len(), at.since(came))),
                Out::End(_) => None,
            });
        fates.insert((chunk[0], chunk[1] - chunk[0]), left.collect());
    }
    driver.run_until(FAR);
    assert_eq!(driver.bytes_out, driver.bytes_in);
    fates
}

/// The delay of each chunk, by its offset.
fn delays(book: &Book, identity: Identity, borders: &Borders) -> BTreeMap<usize, Duration> {
    let fates = fates(book, identity, borders, Duration::ZERO);
    let delays = fates.iter().map(|((place, _), fate)| (*place, fate[0].1));
    delays.collect()
}

fn jittered(seed: u64, latency: i64, jitter: i64) -> Book {
    let mut book = Book::new(seed);
    book.add("around", "limit_data", &[("bytes", 1 << 40)], 0.5);
    let attributes = [("latency", latency), ("jitter", jitter)];
    book.add("slow", "latency", &attributes, 1.0);
    book.add("behind", "noop", &[], 0.5);
    book
}

fn asked(book: &mut Book) -> Option<Quantiles> {
    book.planned("slow").stats.exactness().asked
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_jittered_delay_belongs_to_the_place_where_a_chunk_begins(
        seed: u64,
        connection in 1..1000_u64,
        latency in 500..900_i64,
        jitter in 1..400_i64,
        (one, other) in two_cuts(),
    ) {
        let book = jittered(seed, latency, jitter);
        let first = delays(&book, connection.into(), &one);
        let second = delays(&book, connection.into(), &other);
        for (place, delay) in &first {
            if let Some(same) = second.get(place) {
                prop_assert_eq!(delay, same, "at {}", place);
            }
        }
        let range = Duration::from_millis((latency - jitter) as u64)..=Duration::from_millis((latency + jitter) as u64);
        prop_assert!(first.values().all(|delay| range.contains(delay)), "{:?}", first);
        // Jitter that is the same everywhere would not be jitter.
        let different: BTreeSet<_> = first.values().collect();
        prop_assert_eq!(different.len(), first.len());
    }

    #[test]
    fn equal_chunks_leave_in_equal_slices(
        seed: u64,
        connection in 1..1000_u64,
        (average, variation) in (50..400_i64, 1..50_i64),
        (one, other) in two_cuts(),
        late in 0..20_u64,
    ) {
        let mut book = Book::new(seed);
        let attributes = [("average_size", average), ("size_variation", variation), ("delay", 100)];
        book.add("slices", "slicer", &attributes, 1.0);
        let sizes = |fate: &Fate| fate.iter().map(|(size, _)| *size).collect::<Vec<_>>();
        let first = fates(&book, connection.into(), &one, Duration::ZERO);
        let second = fates(&book, connection.into(), &other, Duration::from_millis(late));
        let common = first.iter().filter_map(|(chunk, fate)| Some((fate, second.get(chunk)?)));
        let common: Vec<_> = common.map(|(fate, same)| (sizes(fate), sizes(same))).collect();
        prop_assert!(!common.is_empty());
        for (slices, same) in common {
            prop_assert_eq!(slices, same);
        }
    }

    #[test]
    fn what_was_asked_for_is_the_same_though_timers_are_late(
        seed: u64,
        (cut, _) in two_cuts(),
        late in 1..50_u64,
    ) {
        let (mut punctual, mut slow) = (jittered(seed, 500, 300), jittered(seed, 500, 300));
        fates(&punctual, 1.into(), &cut, Duration::ZERO);
        fates(&slow, 1.into(), &cut, Duration::from_millis(late));
        prop_assert!(asked(&mut punctual).is_some());
        prop_assert_eq!(asked(&mut punctual), asked(&mut slow));
        let exact = punctual.planned("slow").stats.exactness();
        prop_assert_eq!(exact.achieved, exact.asked);
        let exact = slow.planned("slow").stats.exactness();
        let (achieved, asked) = (exact.achieved.unwrap(), exact.asked.unwrap());
        prop_assert!(achieved.max >= asked.max && achieved.p50 >= asked.p50, "{:?}", exact);
        prop_assert!(exact.late.unwrap().max <= late * 1_000_000);
    }

    #[test]
    fn a_replayed_connection_is_delayed_and_cut_like_the_one(
        seed: u64,
        (shown, acting) in (1..1000_u64, 1..1000_u64),
        toxicity in 0.0..1.0_f64,
        (one, other) in two_cuts(),
    ) {
        let mut book = jittered(seed, 500, 300);
        book.set_toxicity("slow", toxicity);
        let original = delays(&book, shown.into(), &one);
        let drawn = book.applicability("slow", shown);
        book.set_replay("slow", shown);
        let applicability = book.applicability("slow", acting);
        prop_assert_eq!((applicability.draw, applicability.applies, applicability.as_connection), (drawn.draw, drawn.applies, shown));
        let replayed = delays(&book, acting.into(), &other);
        for (place, delay) in original {
            if let Some(same) = replayed.get(&place) {
                prop_assert_eq!(delay, *same, "at {}", place);
            }
        }
    }

    #[test]
    fn a_connection_that_is_there_replays_from_the_change_on(
        seed: u64,
        (shown, acting) in (1..1000_u64, 1..1000_u64),
        (cut, _) in two_cuts(),
        change in 0..4_usize,
    ) {
        let mut book = jittered(seed, 500, 300);
        let (own, original) = (delays(&book, acting.into(), &cut), delays(&book, shown.into(), &cut));
        let mut driver = Driver::of(acting, book.plan(), Moment::ORIGIN, 1);
        let borders: Vec<usize> = cut.into_iter().collect();
        for (index, chunk) in borders.windows(2).enumerate() {
            if index == change {
                book.set_replay("slow", shown);
                driver.adopt(book.plan());
            }
            let came = driver.now;
            driver.push(stream().slice(chunk[0]..chunk[1]));
            driver.run_for(SETTLED);
            let expected = if index < change { &own } else { &original };
            let (left, _) = driver.log.last().unwrap();
            prop_assert_eq!(left.since(came), expected[&chunk[0]], "at {}", chunk[0]);
        }
    }
}
