//! Triggers that wait for a time, or for silence.

use std::time::Duration;

use aconite::engine::sim::{Duplex, Sim};
use aconite::engine::{Direction, Ending, Plan, Trigger};
use proptest::prelude::*;

use super::probe::{Call, Calls, Probe, plan, planned, sim};
use crate::harness::book::Book;
use Direction::{Downstream, Upstream};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn the_toxic_acts_from_the_moment_on() {
    let (mut sim, calls) = sim(Trigger::Time(ms(5000)));
    sim.push("a").run_ms(4999).push("b").run_ms(1).push("c");
    assert_eq!(calls.attached(), Some(5000));
    assert_eq!(calls.shown(), (Some(2), b"c".to_vec()));
    assert_eq!(sim.transcript(), "0: a\n4999: b\n5000: c\n");
}

#[test]
fn a_timeout_counts_from_the_trigger() {
    let mut book = Book::new(1);
    book.add("t", "timeout", &[("timeout", 1000)], 1.0);
    book.set_after("t", Some(Trigger::Time(ms(5000))));
    let mut sim = Sim::new(book.plan());
    sim.push("healthy").run_ms(5500).push("lost").run_ms(5000);
    assert_eq!(sim.transcript(), "0: healthy\n6000: Cut\n");
}

#[test]
fn it_fires_though_the_sender_has_ended() {
    let mut book = Book::new(1);
    book.add("t", "timeout", &[("timeout", 1000)], 1.0);
    book.set_after("t", Some(Trigger::Time(ms(5000))));
    let mut sim = Sim::new(book.plan());
    sim.push("a").finish(Ending::Eof).run_ms(10_000);
    assert_eq!(sim.transcript(), "0: a\n0: Eof\n6000: Cut\n");
}

#[test]
fn a_late_timer_makes_the_trigger_no_later() {
    let (mut sim, calls) = sim(Trigger::Time(ms(100)));
    sim.lateness = ms(30);
    sim.run_ms(200);
    assert_eq!(calls.attached(), Some(100));
}

#[test]
fn chunks_bypass_a_stage_that_waits_for_a_time() {
    let mut book = Book::new(1);
    book.add("l", "latency", &[("latency", 10)], 1.0);
    book.set_after("l", Some(Trigger::Time(ms(50))));
    let mut sim = Sim::new(book.plan());
    for _ in 0..6 {
        sim.push("x").run_ms(20);
    }
    assert_eq!(
        sim.transcript(),
        "0: x\n20: x\n40: x\n70: x\n90: x\n110: x\n"
    );
}

/// Both directions, with a probe downstream that waits for silence.
fn idle(span: u64) -> (Duplex, Calls) {
    let probe = Probe::default();
    let calls = probe.calls.clone();
    let plan = plan([planned(probe, Some(Trigger::Idle(ms(span))))]);
    (Duplex::new(&plan), calls)
}

#[test]
fn bytes_of_either_direction_end_the_silence() {
    let (mut duplex, calls) = idle(100);
    duplex.run_ms(60).push(Upstream, "ask").run_ms(60);
    duplex.push(Downstream, "answer").run_ms(99);
    assert_eq!(calls.attached(), None);
    duplex.push(Upstream, "ask").run_ms(99);
    assert_eq!(calls.attached(), None);
    duplex.run_ms(50).push(Downstream, "late");
    assert_eq!(calls.attached(), Some(60 + 60 + 99 + 100));
    assert_eq!(calls.shown(), (Some(6), b"late".to_vec()));
}

#[test]
fn bytes_after_the_silence_are_too_late() {
    let (mut sim, calls) = sim(Trigger::Idle(ms(100)));
    sim.lateness = ms(20);
    sim.push("a").run_ms(110).hear(5).push("b").run_ms(100);
    assert_eq!(calls.attached(), Some(100));
    assert_eq!(calls.shown(), (Some(1), b"b".to_vec()));
}

#[test]
fn an_idle_connection_is_dead_afterwards() {
    let mut book = Book::new(1);
    book.add("t", "timeout", &[("timeout", 0)], 1.0);
    book.set_after("t", Some(Trigger::Idle(ms(30_000))));
    let mut duplex = Duplex::new(book.plan());
    for _ in 0..5 {
        duplex
            .push(Upstream, "ping")
            .run_ms(1)
            .push(Downstream, "pong")
            .run_ms(29_998);
    }
    assert_eq!(duplex.down.bytes().len(), 20);
    duplex
        .run_ms(2)
        .push(Upstream, "ping")
        .push(Downstream, "pong")
        .run_ms(100_000);
    assert_eq!(
        (duplex.down.bytes().len(), duplex.up.bytes().len()),
        (20, 24)
    );
}

#[test]
fn silence_counts_from_when_the_toxic_met_the_connection() {
    let mut duplex = Duplex::new(&Plan::default());
    duplex.push(Upstream, "ask").run_ms(80);
    let probe = Probe::default();
    let calls = probe.calls.clone();
    duplex.adopt(&plan([planned(probe, Some(Trigger::Idle(ms(100))))]));
    duplex.run_ms(1000);
    assert_eq!(calls.take()[0], Call::Attach(180));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// The trigger fires at the end of the first silence that is long enough, whatever comes in
    /// which direction.
    #[test]
    fn the_first_long_silence_fires(
        span in 1..200_u64,
        steps in prop::collection::vec((0..250_u64, any::<bool>(), 1..9_usize), 0..20),
    ) {
        let (mut duplex, calls) = idle(span);
        let (mut last, mut expected) = (0, None);
        for (pause, up, size) in steps {
            duplex.run_ms(pause);
            let now = duplex.now().as_nanos() / 1_000_000;
            if now - last >= span {
                expected.get_or_insert(last + span);
            }
            last = now;
            let direction = if up { Upstream } else { Downstream };
            duplex.push(direction, vec![7; size]);
        }
        duplex.run_ms(span);
        let expected = expected.unwrap_or(last + span);
        prop_assert_eq!(calls.attached(), Some(expected));
    }
}
