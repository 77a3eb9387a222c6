//! Numbers at the limits of their ranges cause no overflow, endless loop or panic.

use std::ops::RangeInclusive;
use std::time::Duration;

use aconite::engine::{Ending, Moment};
use aconite::toxics::{Catalogue, Kind, Type, Value};
use bytes::Bytes;

use crate::harness::book::Book;
use crate::harness::driver::{Driver, FAR};

/// The attributes that are integers, with what they accept. All others keep their defaults.
fn integers(kind: &Kind) -> impl Iterator<Item = (&'static str, &RangeInclusive<i64>)> {
    let attributes = kind.attributes.iter();
    attributes.filter_map(|attribute| match &attribute.value_type {
        Type::Integer { accepted, .. } => Some((attribute.name, accepted)),
        _ => None,
    })
}

/// The limits and the middle of what an attribute accepts.
fn values_of(accepted: &RangeInclusive<i64>) -> Vec<i64> {
    let ends = [*accepted.start(), *accepted.end()];
    let mut values: Vec<i64> = [i64::MIN, -1, 0, 1, 1000, i64::MAX].into();
    values.extend(ends);
    values.retain(|value| accepted.contains(value));
    values.sort_unstable();
    values.dedup();
    values
}

/// Every combination of extreme values that the kind accepts together.
fn combinations(kind: &Kind) -> Vec<Vec<(&'static str, i64)>> {
    let mut all = vec![Vec::new()];
    for (name, accepted) in integers(kind) {
        let extend = |before: &Vec<(&'static str, i64)>| {
            let with = values_of(accepted).into_iter().map(|value| {
                let mut row = before.clone();
                row.push((name, value));
                row
            });
            with.collect::<Vec<_>>()
        };
        all = all.iter().flat_map(extend).collect();
    }
    all.retain(|row| kind.make(row).is_ok());
    all
}

fn for_each_extreme(mut check: impl FnMut(&Kind, &[(&'static str, i64)], Moment)) {
    for kind in Catalogue::default().kinds() {
        for attributes in combinations(kind) {
            for start in [
                0,
                1,
                u64::MAX / 2,
                u64::MAX - 1_000_000,
                u64::MAX - 1,
                u64::MAX,
            ] {
                check(kind, &attributes, Moment::from_nanos(start));
            }
        }
    }
}

/// A large number of bytes, except where that would make a million slices.
fn chunk(attributes: &[(&str, i64)]) -> Bytes {
    let tiny = attributes.contains(&("average_size", 1));
    Bytes::from(vec![1; if tiny { 300 } else { 1024 * 1024 }])
}

#[test]
fn no_value_and_no_moment_panics_or_loops() {
    for_each_extreme(|kind, attributes, start| {
        let mut book = Book::new(1);
        book.add("a", kind.name, attributes, 1.0);
        let mut driver = Driver::new(book.plan(), start, 1);
        driver.push(Bytes::new());
        driver.push(chunk(attributes));
        driver.push(chunk(attributes));
        driver.run_for(Duration::from_millis(1));
        book.update("a", attributes);
        driver.adopt(book.plan());
        driver.push(chunk(attributes));
        driver.finish(Ending::Eof);
        driver.run_until(FAR.max(start));
        driver.run_until(Moment::from_nanos(u64::MAX));
        book.remove("a");
        driver.adopt(book.plan());
        assert_eq!(driver.pipeline.queued(), 0, "{attributes:?}");
        let lossy = ["timeout", "limit_data", "reset_peer"].contains(&kind.name);
        assert!(
            lossy || driver.bytes_out == driver.bytes_in,
            "{attributes:?}"
        );
        assert!(
            !driver.endings().is_empty(),
            "no end: {} {attributes:?}",
            kind.name
        );
    });
}

#[test]
fn removal_at_once_loses_nothing_whatever_the_values() {
    for_each_extreme(|kind, attributes, start| {
        let mut book = Book::new(1);
        book.add("a", kind.name, attributes, 1.0);
        book.add("b", kind.name, attributes, 1.0);
        let mut driver = Driver::new(book.plan(), start, 1);
        driver.push(Bytes::from_static(b"some bytes"));
        driver.finish(Ending::Eof);
        book.clear();
        driver.adopt(book.plan());
        let over = driver.is_over();
        assert!(over || driver.bytes_out == driver.bytes_in || kind.name == "timeout");
        assert!(
            over || driver.endings() == [Ending::Eof],
            "{} {attributes:?}",
            kind.name
        );
        assert!(over <= ["timeout", "limit_data", "reset_peer"].contains(&kind.name));
    });
}

#[test]
fn a_late_timer_and_a_reset_at_the_end_of_time_do_no_harm() {
    for_each_extreme(|kind, attributes, start| {
        let mut book = Book::new(1);
        book.add("l", "latency", &[("latency", i64::MAX)], 1.0);
        book.add("a", kind.name, attributes, 1.0);
        let mut driver = Driver::new(book.plan(), start, 1);
        driver.most_late = Duration::MAX.min(Duration::from_secs(3600));
        driver.push(Bytes::from_static(b"some bytes"));
        driver.set_room(false);
        driver.finish(Ending::Reset);
        book.remove("l");
        driver.adopt(book.plan());
        driver.run_until(Moment::from_nanos(u64::MAX));
        driver.set_room(true);
        book.clear();
        driver.adopt(book.plan());
        assert!(driver.is_over(), "{} {attributes:?}", kind.name);
    });
}

#[test]
fn what_is_out_of_range_is_refused() {
    for kind in Catalogue::default().kinds() {
        for (name, accepted) in integers(kind) {
            for value in [i64::MIN, -1, 0, i64::MAX] {
                // Other attributes that are required.
                let mut given: Vec<(String, Value)> =
                    integers(kind).map(|(name, _)| one(name, 1)).collect();
                given.push(one(name, value));
                let is_accepted = accepted.contains(&value);
                assert_eq!(kind.read(&given).is_ok(), is_accepted, "{name} {value}");
            }
        }
    }
}

fn one(name: &str, value: i64) -> (String, Value) {
    (name.to_owned(), Value::Integer(value))
}
