//! Triggers that count bytes: exact to the byte, however the stream is cut.

use std::time::Duration;

use aconite::engine::sim::{Out, Sim};
use aconite::engine::{Ending, Moment, Trigger};
use proptest::prelude::*;

use super::probe::{Probe, plan, planned, sim};
use crate::harness::book::Book;
use crate::harness::driver::{Driver, FAR};
use crate::harness::rounds::stream;

#[test]
fn the_toxic_is_shown_the_byte_behind_the_trigger_first() {
    let (mut sim, calls) = sim(Trigger::Bytes(5));
    sim.push("abc").run_ms(10);
    assert_eq!(calls.attached(), None);
    sim.push("defgh").run_ms(10);
    assert_eq!(calls.attached(), Some(10));
    assert_eq!(calls.shown(), (Some(5), b"fgh".to_vec()));
    assert_eq!(sim.transcript(), "0: abc\n10: de\n10: fgh\n");
}

#[test]
fn the_trigger_fires_with_the_last_byte_and_not_with_the_next() {
    let (mut sim, calls) = sim(Trigger::Bytes(3));
    sim.push("ab").run_ms(7).push("c");
    assert_eq!(calls.attached(), Some(7));
    sim.finish(Ending::Eof);
    assert_eq!(sim.transcript(), "0: ab\n7: c\n7: Eof\n");
}

#[test]
fn a_trigger_of_no_bytes_fires_at_once() {
    let (mut sim, calls) = sim(Trigger::Bytes(0));
    sim.settle();
    assert_eq!(calls.attached(), Some(0));
}

#[test]
fn it_fires_when_the_bytes_before_it_have_left() {
    let (mut sim, calls) = sim(Trigger::Bytes(4));
    sim.set_room(false).push("abcdef").push("gh").run_ms(50);
    assert_eq!(
        calls.attached(),
        Some(0),
        "the outbox has room for one item"
    );
    let mut book = Book::new(1);
    book.add("t", "timeout", &[("timeout", 100)], 1.0);
    book.set_after("t", Some(Trigger::Bytes(4)));
    let mut sim = Sim::new(book.plan());
    sim.set_room(false).push("x").push("abcdef").run_ms(50);
    sim.set_room(true).run_ms(1000);
    assert_eq!(sim.transcript(), "50: x\n50: abc\n150: Cut\n");
}

#[test]
fn a_toxic_that_does_not_look_at_data_leaves_the_fast_path_free() {
    let probe = Probe {
        blind: true,
        ..Probe::default()
    };
    let calls = probe.calls.clone();
    let mut sim = Sim::new(&plan([planned(probe, Some(Trigger::Bytes(3)))]));
    assert!(!sim.pipeline.is_clear());
    sim.set_room(false).push("ab").push("cd").push("ef");
    sim.set_room(true).push("gh").finish(Ending::Eof);
    assert_eq!(sim.bytes(), b"abcdefgh");
    assert!(calls.attached().is_some());
    assert!(sim.pipeline.is_clear());
}

#[test]
fn a_cable_is_cut_after_so_many_bytes() {
    let mut book = Book::new(1);
    book.add("t", "limit_data", &[("bytes", 2)], 1.0);
    book.set_after("t", Some(Trigger::Bytes(6)));
    let mut sim = Sim::new(book.plan());
    sim.push("abcd").push("efghijk");
    assert_eq!(sim.transcript(), "0: abcd\n0: ef\n0: gh\n0: Close\n");
}

fn chunks() -> impl Strategy<Value = Vec<(usize, u64)>> {
    prop::collection::vec((1..300_usize, prop_oneof![Just(0), 0..50_u64]), 1..20)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_border_is_exact_however_the_stream_is_cut(
        after in 0..2000_u64,
        latency in 0..40_i64,
        chunks in chunks(),
    ) {
        let probe = Probe::default();
        let calls = probe.calls.clone();
        let mut book = Book::new(1);
        book.add("before", "latency", &[("latency", latency)], 1.0);
        let mut plan = book.plan().clone();
        plan.downstream.push(planned(probe, Some(Trigger::Bytes(after))).into());
        let mut driver = Driver::new(&plan, Moment::ORIGIN, 1);
        for (size, pause) in &chunks {
            driver.run_for(Duration::from_millis(*pause));
            let start = driver.bytes_in as usize;
            driver.push(stream().slice(start..start + size));
        }
        driver.finish(Ending::Eof);
        driver.run_until(FAR);
        let total = driver.bytes_in;
        let (first, shown) = calls.shown();
        prop_assert_eq!(first, (total > after).then_some(after));
        prop_assert!(shown == stream()[after.min(total) as usize..total as usize]);
        prop_assert_eq!(calls.attached().is_some(), total >= after);
        prop_assert_eq!(driver.bytes_out, total);
        prop_assert_eq!(driver.endings(), [Ending::Eof]);
    }

    #[test]
    fn a_timeout_lets_exactly_so_many_bytes_pass(after in 1..3000_u64, chunks in chunks()) {
        let mut book = Book::new(1);
        book.add("t", "timeout", &[("timeout", 0)], 1.0);
        book.set_after("t", Some(Trigger::Bytes(after)));
        let mut sim = Sim::new(book.plan());
        let mut sent = 0;
        for (size, pause) in chunks {
            sim.run_ms(pause).push(stream().slice(sent..sent + size));
            sent += size;
        }
        let left = sent.min(after as usize);
        prop_assert!(sim.bytes() == stream()[..left]);
        prop_assert!(sim.log.iter().all(|(_, out)| matches!(out, Out::Data(_))));
    }
}
