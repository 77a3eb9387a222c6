//! Changes of the plan while a toxic waits, or after it has begun to act.

use std::sync::Arc;
use std::time::Duration;

use aconite::engine::framing::{Delimiter, Framing};
use aconite::engine::sim::{Out, Sim};
use aconite::engine::{Ending, Marks, Moment, Plan, PlannedToxic, Scope, Trigger};

use super::probe::{Call, Calls, Probe, plan, planned};
use crate::harness::book::Book;

const FAR: Trigger = Trigger::Bytes(1000);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn nobody() -> Arc<Scope> {
    Arc::new(Scope {
        connections: vec![2..=9],
        ..Scope::default()
    })
}

/// A change of a toxic that waits.
type Change = fn(&mut PlannedToxic);

/// A link with one probe, to which changes are made.
struct Link {
    sim: Sim,
    toxic: PlannedToxic,
    calls: Calls,
}

impl Link {
    fn new(after: Trigger) -> Self {
        let probe = Probe::default();
        let calls = probe.calls.clone();
        let toxic = planned(probe, Some(after));
        Link {
            sim: Sim::new(&plan([toxic.clone()])),
            toxic,
            calls,
        }
    }

    fn change(&mut self, change: Change) {
        change(&mut self.toxic);
        self.sim.adopt(&plan([self.toxic.clone()]));
    }
}

#[test]
fn removal_of_a_toxic_that_waits_leaves_the_connection_alone() {
    for after in [
        FAR,
        Trigger::Messages(9),
        Trigger::Time(ms(1000)),
        Trigger::Idle(ms(1000)),
    ] {
        let mut book = Book::new(1);
        book.add("t", "timeout", &[("timeout", 0)], 1.0);
        book.set_after("t", Some(after));
        let mut sim = Sim::new(book.plan());
        sim.set_room(false)
            .push("ab")
            .push("cd")
            .push("ef")
            .run_ms(10);
        book.remove("t");
        sim.adopt(book.plan())
            .set_room(true)
            .push("gh")
            .run_ms(5000);
        assert_eq!(sim.bytes(), b"abcdefgh", "{after:?}");
        assert!(sim.log.iter().all(|(_, out)| matches!(out, Out::Data(_))));
        assert!(sim.pipeline.is_clear());
    }
}

#[test]
fn removal_of_a_toxic_that_has_begun_is_as_ever() {
    let mut book = Book::new(1);
    book.add("t", "timeout", &[("timeout", 0)], 1.0);
    book.set_after("t", Some(Trigger::Bytes(2)));
    let mut sim = Sim::new(book.plan());
    sim.push("abcd").run_ms(10);
    book.remove("t");
    sim.adopt(book.plan());
    assert_eq!(sim.transcript(), "0: ab\n10: Cut\n");
}

/// Every change of a toxic that waits: whether it acts afterwards, and what it was called with.
#[test]
fn every_change_of_a_toxic_that_waits_is_defined() {
    let no_calls: &[Call] = &[];
    let begins: &[Call] = &[Call::Attach(10)];
    let changes: [(&str, Change, &[Call]); 9] = [
        ("nothing", |_| {}, no_calls),
        ("attributes", |toxic| toxic.revision += 1, no_calls),
        ("toxicity", |toxic| toxic.toxicity = 0.0, no_calls),
        ("match", |toxic| toxic.scope = nobody(), no_calls),
        ("no trigger", |toxic| toxic.after = None, begins),
        (
            "more",
            |toxic| toxic.after = Some(Trigger::Bytes(2000)),
            no_calls,
        ),
        (
            "fewer",
            |toxic| toxic.after = Some(Trigger::Bytes(4)),
            begins,
        ),
        (
            "a time",
            |toxic| toxic.after = Some(Trigger::Time(ms(9))),
            begins,
        ),
        (
            "framing",
            |toxic| toxic.framing = Some(lines().into()),
            no_calls,
        ),
    ];
    for (what, change, expected) in changes {
        let mut link = Link::new(FAR);
        link.sim.push("abcd").run_ms(10);
        link.change(change);
        link.sim.push("efgh").finish(Ending::Eof).run_ms(0);
        let calls = link.calls.take();
        let attached: Vec<Call> = calls
            .iter()
            .filter(|call| !matches!(call, Call::Data { .. } | Call::End(_)))
            .map(|call| match call {
                // A time counts from when the toxic met the connection.
                Call::Attach(_) => Call::Attach(10),
                other => other.clone(),
            })
            .collect();
        assert_eq!(attached, expected, "{what}");
        let shown = calls.iter().any(|call| matches!(call, Call::Data { .. }));
        assert_eq!(shown, !expected.is_empty(), "{what}");
        assert_eq!(link.sim.bytes(), b"abcdefgh", "{what}");
        link.sim.adopt(&Plan::default());
        let detached = link.calls.take() == [Call::Detach];
        // It is called where it acted, and not where its toxicity spared the connection.
        assert_eq!(detached, !expected.is_empty(), "{what}");
    }
}

fn lines() -> Framing {
    Framing::Delimiter(Delimiter::new(b"\n").unwrap())
}

#[test]
fn a_trigger_that_has_fired_stays_so_whatever_it_becomes() {
    for after in [None, Some(FAR), Some(Trigger::Time(ms(9999)))] {
        let mut link = Link::new(Trigger::Bytes(2));
        link.sim.push("abc").run_ms(5);
        link.calls.take();
        link.toxic.after = after;
        link.toxic.revision += 1;
        link.sim.adopt(&plan([link.toxic.clone()])).push("d");
        assert_eq!(link.calls.take()[0], Call::Revise);
        assert_eq!(link.sim.bytes(), b"abcd");
    }
}

#[test]
fn a_toxic_that_acts_already_does_not_begin_to_wait() {
    let probe = Probe::default();
    let calls = probe.calls.clone();
    let mut toxic = planned(probe, None);
    let mut sim = Sim::new(&plan([toxic.clone()]));
    sim.push("a");
    toxic.after = Some(FAR);
    sim.adopt(&plan([toxic])).push("b");
    assert_eq!(calls.shown(), (Some(0), b"ab".to_vec()));
}

#[test]
fn a_toxic_that_applies_again_waits_again() {
    let mut link = Link::new(Trigger::Bytes(2));
    link.sim.push("abc").run_ms(5);
    link.calls.take();
    link.change(|toxic| toxic.toxicity = 0.0);
    link.sim.push("def");
    link.change(|toxic| toxic.toxicity = 1.0);
    link.sim.push("g").run_ms(5).push("hi");
    assert_eq!(link.calls.attached(), Some(10));
    assert_eq!(link.calls.shown(), (Some(8), b"i".to_vec()));
}

#[test]
fn what_was_counted_stays_if_the_trigger_counts_the_same() {
    for (before, after, at) in [
        (Trigger::Bytes(100), Trigger::Bytes(5), 30),
        (Trigger::Time(ms(100)), Trigger::Time(ms(50)), 50),
        (Trigger::Idle(ms(100)), Trigger::Idle(ms(60)), 90),
        (Trigger::Messages(100), Trigger::Messages(2), 30),
        // Another kind begins to count with the change, but for the time.
        (Trigger::Time(ms(100)), Trigger::Bytes(1), 30),
        (Trigger::Bytes(100), Trigger::Time(ms(40)), 40),
        (Trigger::Bytes(100), Trigger::Idle(ms(40)), 70),
        (Trigger::Bytes(100), Trigger::Messages(1), 40),
    ] {
        let mut link = Link::new(before);
        link.sim
            .hear(1)
            .push("ab")
            .run_ms(10)
            .hear(1)
            .push("cd")
            .run_ms(15);
        link.toxic.after = Some(after);
        link.sim.adopt(&plan([link.toxic.clone()]));
        link.sim.run_ms(5).hear(1).push("e");
        if matches!(after, Trigger::Messages(1)) {
            link.sim.run_ms(10).hear(1).push("f");
        }
        link.sim.run_ms(1000);
        assert_eq!(link.calls.attached(), Some(at), "{before:?} → {after:?}");
    }
}

#[test]
fn each_period_of_a_schedule_waits_anew() {
    let (clear, mut toxic) = (
        Plan::default(),
        planned(Probe::default(), Some(Trigger::Bytes(2))),
    );
    let mut sim = Sim::new(&plan([toxic.clone()]));
    sim.push("abc").adopt(&clear).push("def");
    // As `control` does it: another period is another toxic.
    let probe = Probe::default();
    let calls = probe.calls.clone();
    toxic.id = 2;
    toxic.toxic = Arc::new(probe);
    sim.adopt(&plan([toxic])).push("ghi");
    assert_eq!(calls.shown(), (Some(8), b"i".to_vec()));
}

#[test]
fn bytes_that_a_removed_toxic_held_are_counted() {
    let mut book = Book::new(1);
    book.add("slow", "latency", &[("latency", 1000)], 1.0);
    book.add("t", "limit_data", &[("bytes", 1)], 1.0);
    book.set_after("t", Some(Trigger::Bytes(3)));
    let mut sim = Sim::new(book.plan());
    sim.push("ab").push("cdef").run_ms(10);
    book.remove("slow");
    sim.adopt(book.plan());
    assert_eq!(sim.transcript(), "10: ab\n10: c\n10: d\n10: Close\n");
}

#[test]
fn a_marked_toxic_waits_for_the_whole_stream() {
    let probe = Probe::default();
    let calls = probe.calls.clone();
    let marks = Marks {
        exchange: 1,
        toxics: [1].into(),
    };
    let marker = Marker(Arc::new(marks));
    let toxic = PlannedToxic {
        marked: true,
        ..planned(probe, Some(Trigger::Bytes(4)))
    };
    let marker = PlannedToxic {
        id: 2,
        name: "marker".into(),
        toxic: Arc::new(marker),
        ..planned(Probe::default(), None)
    };
    let mut sim = Sim::new(&plan([marker, toxic]));
    sim.push("ab")
        .push("CD")
        .push("e")
        .push("F")
        .finish(Ending::Eof);
    assert_eq!(calls.shown(), (Some(5), b"F".to_vec()));
    assert_eq!(sim.bytes(), b"abCDeF");
    assert_eq!(sim.now, Moment::ORIGIN);
}

/// Marks chunks that begin with an upper-case letter.
#[derive(Debug)]
struct Marker(Arc<Marks>);

impl aconite::engine::Toxic for Marker {
    type Memory = ();

    fn on_data(
        &self,
        (): &mut (),
        mut chunk: aconite::engine::Chunk,
        out: &mut aconite::engine::Outlet<'_>,
    ) {
        if chunk.bytes[0].is_ascii_uppercase() {
            chunk.marks = Some(Arc::clone(&self.0));
        }
        out.send(chunk);
    }
}
