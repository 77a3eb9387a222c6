//! Numbers at the limits of their ranges cause no overflow, endless loop or panic.

use std::time::Duration;

use aconite::engine::{Ending, Moment};
use aconite::toxics::{Attribute, Catalogue, Kind, Type, Value};
use bytes::Bytes;

use crate::harness::book::Book;
use crate::harness::driver::{Driver, FAR};

type Row = Vec<(&'static str, Value)>;

/// The limits and the middle of what an attribute accepts; nothing for types that have no limits,
/// and for choices beside the attributes, which have tests of their own.
fn values_of(attribute: &Attribute) -> Vec<Value> {
    match &attribute.value_type {
        Type::Text { .. } if attribute.beside => Vec::new(),
        Type::Integer { accepted, .. } => {
            let ends = [*accepted.start(), *accepted.end()];
            let mut values: Vec<i64> = [i64::MIN, -1, 0, 1, 1000, i64::MAX].into();
            values.extend(ends);
            values.retain(|value| accepted.contains(value));
            values.sort_unstable();
            values.dedup();
            values.into_iter().map(Value::Integer).collect()
        }
        Type::Number { accepted, .. } => {
            let mut values: Vec<f64> = [-1.0, 0.0, f64::MIN_POSITIVE, 0.5, 1.0].into();
            values.extend([*accepted.start(), *accepted.end()]);
            values.retain(|value| accepted.contains(value));
            values.sort_unstable_by(f64::total_cmp);
            values.dedup();
            values.into_iter().map(Value::Number).collect()
        }
        Type::Text { choices, .. } => choices.iter().map(|choice| (*choice).into()).collect(),
        _ => Vec::new(),
    }
}

/// Every combination of extreme values that the kind accepts together. Of a kind with many
/// attributes, every combination of the first one with another and with its neighbour.
fn combinations(kind: &Kind) -> Vec<Row> {
    let attributes = kind.attributes.iter();
    let attributes: Vec<&Attribute> = attributes
        .filter(|attribute| !values_of(attribute).is_empty())
        .collect();
    let groups: Vec<Vec<&Attribute>> = match attributes.as_slice() {
        [first, rest @ ..] if rest.len() > 3 => {
            let neighbours = rest.windows(2).map(<[_]>::to_vec);
            let with_first = rest.iter().map(|other| vec![*first, *other]);
            with_first.chain(neighbours).collect()
        }
        few => vec![few.to_vec()],
    };
    let mut all: Vec<Row> = groups.iter().flat_map(|group| product(group)).collect();
    all.retain(|row| kind.make(row).is_ok());
    all
}

fn product(attributes: &[&Attribute]) -> Vec<Row> {
    let mut all = vec![Vec::new()];
    for attribute in attributes {
        let values = values_of(attribute);
        let extend = |before: &Row| {
            let with = values.iter().map(|value| {
                let mut row = before.clone();
                row.push((attribute.name, value.clone()));
                row
            });
            with.collect::<Vec<_>>()
        };
        all = all.iter().flat_map(extend).collect();
    }
    all
}

/// Whether the toxic drops bytes and lets the connection live.
fn leaves_gaps(attributes: &[(&str, Value)]) -> bool {
    attributes.contains(&("recovery", "none".into()))
}

fn for_each_extreme(mut check: impl FnMut(&Kind, &[(&'static str, Value)], Moment)) {
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
fn chunk(attributes: &[(&str, Value)]) -> Bytes {
    let tiny = attributes.contains(&("average_size", 1.into()));
    Bytes::from(vec![1; if tiny { 300 } else { 1024 * 1024 }])
}

#[test]
fn no_value_and_no_moment_panics_or_loops() {
    for_each_extreme(|kind, attributes, start| {
        let mut book = Book::new(1);
        book.add_with("a", kind.name, attributes, 1.0);
        let mut driver = Driver::new(book.plan(), start, 1);
        driver.push(Bytes::new());
        driver.push(chunk(attributes));
        driver.push(chunk(attributes));
        driver.run_for(Duration::from_millis(1));
        book.update_with("a", attributes);
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
            lossy || leaves_gaps(attributes) || driver.bytes_out == driver.bytes_in,
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
        book.add_with("a", kind.name, attributes, 1.0);
        book.add_with("b", kind.name, attributes, 1.0);
        let mut driver = Driver::new(book.plan(), start, 1);
        driver.push(Bytes::from_static(b"some bytes"));
        driver.finish(Ending::Eof);
        book.clear();
        driver.adopt(book.plan());
        let over = driver.is_over();
        let lossy = kind.name == "timeout" || leaves_gaps(attributes);
        assert!(over || driver.bytes_out == driver.bytes_in || lossy);
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
        book.add_with("a", kind.name, attributes, 1.0);
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
        for attribute in &kind.attributes {
            for number in [i64::MIN, -1, 0, i64::MAX] {
                let is_accepted = match &attribute.value_type {
                    Type::Integer { accepted, .. } => accepted.contains(&number),
                    Type::Number { accepted, .. } => accepted.contains(&(number as f64)),
                    _ => continue,
                };
                // Other attributes that are required.
                let others = kind.attributes.iter();
                let mut given: Vec<(String, Value)> = others
                    .map(|a| (a.name.to_owned(), a.some_value()))
                    .collect();
                given.push((attribute.name.to_owned(), number.into()));
                let name = attribute.name;
                assert_eq!(kind.read(&given).is_ok(), is_accepted, "{name} {number}");
            }
        }
    }
}
