//! Triggers that count messages, and messages as toxics see them: turns of the conversation, or
//! messages of a protocol.

use aconite::engine::framing::{Delimiter, Framing, LengthField};
use aconite::engine::sim::{Duplex, Sim};
use aconite::engine::{Direction, Ending, Message, Moment, Plan, PlannedToxic, Trigger};
use proptest::prelude::*;

use super::probe::{Calls, Probe, plan, planned, sim};
use crate::harness::book::Book;
use crate::harness::driver::Driver;
use Direction::{Downstream, Upstream};

/// A probe that asks for messages.
fn reader(framing: Option<Framing>, after: Option<Trigger>) -> (PlannedToxic, Calls) {
    let probe = Probe {
        wants_messages: true,
        ..Probe::default()
    };
    let calls = probe.calls.clone();
    let planned = PlannedToxic {
        framing: framing.map(Into::into),
        ..planned(probe, after)
    };
    (planned, calls)
}

fn lines() -> Framing {
    Framing::Delimiter(Delimiter::new(b"\n").unwrap())
}

/// A length of one byte, which counts what follows it.
fn lengths() -> Framing {
    Framing::Length(LengthField::new(0, 1))
}

fn message(index: u64, offset: u64) -> Option<Message> {
    Some(Message { index, offset })
}

#[test]
fn a_turn_begins_after_bytes_went_the_other_way() {
    let (toxic, calls) = reader(None, None);
    let mut duplex = Duplex::new(&plan([toxic]));
    duplex
        .push(Upstream, "ask")
        .push(Downstream, "ans")
        .push(Downstream, "wer");
    duplex
        .push(Upstream, "a")
        .push(Upstream, "sk")
        .push(Downstream, "yes");
    let expected = [
        (message(0, 0), b"answer".to_vec()),
        (message(1, 6), b"yes".to_vec()),
    ];
    assert_eq!(calls.messages(), expected);
}

#[test]
fn a_turn_is_the_same_behind_a_toxic_that_delays_it() {
    let (toxic, calls) = reader(None, None);
    let mut book = Book::new(1);
    book.add("l", "latency", &[("latency", 100)], 1.0);
    let mut plan = book.plan().clone();
    plan.downstream.push(toxic.into());
    let mut duplex = Duplex::new(&plan);
    duplex
        .push(Upstream, "ask")
        .run_ms(50)
        .push(Downstream, "one")
        .run_ms(20);
    // The second question overtakes the first answer, which the toxic has not seen yet.
    duplex
        .push(Upstream, "ask")
        .run_ms(20)
        .push(Downstream, "two")
        .push(Downstream, "2");
    duplex.run_ms(1000);
    let expected = [
        (message(0, 0), b"one".to_vec()),
        (message(1, 3), b"two2".to_vec()),
    ];
    assert_eq!(calls.messages(), expected);
}

#[test]
fn turns_count_from_when_the_toxic_met_the_connection() {
    let mut duplex = Duplex::new(&Plan::default());
    duplex
        .push(Upstream, "ask")
        .push(Downstream, "answer")
        .push(Upstream, "ask");
    let (toxic, calls) = reader(None, None);
    duplex.adopt(&plan([toxic]));
    duplex
        .push(Downstream, "one")
        .push(Upstream, "ask")
        .push(Downstream, "two");
    let expected = [
        (message(0, 6), b"one".to_vec()),
        (message(1, 9), b"two".to_vec()),
    ];
    assert_eq!(calls.messages(), expected);
}

#[test]
fn the_fourth_message_is_the_first_after_three() {
    let (mut sim, calls) = sim(Trigger::Messages(3));
    for index in 0..5 {
        sim.hear(1).push(format!("{index}")).push("+").run_ms(10);
    }
    assert_eq!(calls.attached(), Some(30));
    assert_eq!(calls.shown(), (Some(6), b"3+4+".to_vec()));
}

#[test]
fn a_stream_without_turns_is_one_message() {
    let (mut sim, calls) = sim(Trigger::Messages(1));
    sim.push("a").push("b").push("c");
    assert_eq!(calls.attached(), None);
}

#[test]
fn messages_of_a_protocol_are_found_in_one_chunk() {
    let (toxic, calls) = reader(Some(lines()), Some(Trigger::Messages(2)));
    let mut sim = Sim::new(&plan([toxic]));
    sim.push("one\ntwo\nthree\nfo").run_ms(5).push("ur\n");
    let expected = [
        (message(2, 8), b"three\n".to_vec()),
        (message(3, 14), b"four\n".to_vec()),
    ];
    assert_eq!(calls.messages(), expected);
    assert_eq!(calls.attached(), Some(0));
    assert_eq!(sim.bytes(), b"one\ntwo\nthree\nfour\n");
}

#[test]
fn in_the_middle_of_a_stream_only_a_delimiter_can_be_found() {
    for (framing, expected) in [
        (
            lines(),
            vec![
                (message(0, 3), b"cd\n".to_vec()),
                (message(1, 6), b"ef".to_vec()),
            ],
        ),
        (lengths(), vec![]),
    ] {
        let mut sim = Sim::new(&Plan::default());
        sim.push("ab\n");
        let (toxic, calls) = reader(Some(framing), None);
        let stats = toxic.stats.clone();
        sim.adopt(&plan([toxic])).push("cd\nef").finish(Ending::Eof);
        assert_eq!(calls.messages(), expected);
        assert_eq!(sim.bytes(), b"ab\ncd\nef");
        let hits = stats.hits();
        assert_eq!(
            (hits.bytes, hits.unframed),
            if expected.is_empty() { (0, 5) } else { (5, 0) }
        );
    }
}

#[test]
fn what_cannot_be_framed_passes_and_is_counted() {
    let field = LengthField {
        max: 10,
        ..LengthField::new(0, 1)
    };
    let (toxic, calls) = reader(Some(Framing::Length(field)), None);
    let stats = toxic.stats.clone();
    let mut sim = Sim::new(&plan([toxic]));
    sim.push(&b"\x01a\xffbc"[..]).push("de");
    // The byte that gives the stream away still belongs to a message.
    let expected = [
        (message(0, 0), b"\x01a".to_vec()),
        (message(1, 2), b"\xff".to_vec()),
    ];
    assert_eq!(calls.messages(), expected);
    assert_eq!(sim.bytes(), b"\x01a\xffbcde");
    assert_eq!((stats.hits().bytes, stats.hits().unframed), (3, 4));
}

#[test]
fn a_trigger_that_cannot_count_messages_never_fires() {
    let probe = Probe::default();
    let calls = probe.calls.clone();
    let toxic = PlannedToxic {
        framing: Some(
            Framing::Length(LengthField {
                max: 10,
                ..LengthField::new(0, 1)
            })
            .into(),
        ),
        ..planned(probe, Some(Trigger::Messages(2)))
    };
    let stats = toxic.stats.clone();
    let mut sim = Sim::new(&plan([toxic]));
    sim.push(&b"\x01a\xff"[..])
        .push("\x01a\x01a\x01a")
        .run_ms(1000);
    assert_eq!((calls.attached(), sim.bytes().len()), (None, 9));
    assert_eq!((stats.hits().connections, stats.hits().unframed), (0, 6));
}

/// Messages with a length of one byte, one after another.
fn framed(sizes: &[u8]) -> Vec<u8> {
    let messages = sizes.iter().map(|size| {
        let mut message = vec![*size];
        message.extend((0..*size).map(|place| place ^ 0x5a));
        message
    });
    messages.collect::<Vec<_>>().concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn messages_are_the_same_however_the_stream_is_cut(
        sizes in prop::collection::vec(any::<u8>(), 0..20),
        cuts in prop::collection::vec(1..400_usize, 0..30),
        after in 0..10_u64,
        latency in 0..2_i64,
    ) {
        let bytes = framed(&sizes);
        let trigger = (after > 0).then_some(Trigger::Messages(after));
        let (toxic, calls) = reader(Some(lengths()), trigger);
        let mut book = Book::new(1);
        book.add("slow", "latency", &[("latency", latency)], 1.0);
        let mut plan = book.plan().clone();
        plan.downstream.push(toxic.into());
        let mut driver = Driver::new(&plan, Moment::ORIGIN, 1);
        let mut rest = &bytes[..];
        for cut in cuts.iter().copied().chain([usize::MAX]) {
            let (now, later) = rest.split_at(cut.min(rest.len()));
            driver.push(now.to_vec().into());
            rest = later;
        }
        driver.run_until(crate::harness::driver::FAR);
        let mut offset = 0;
        let mut expected = Vec::new();
        for (index, size) in sizes.iter().enumerate() {
            let end = offset + 1 + usize::from(*size);
            if index as u64 >= after {
                let whole = bytes[offset..end].to_vec();
                expected.push((message(index as u64, offset as u64), whole));
            }
            offset = end;
        }
        prop_assert_eq!(calls.messages(), expected);
        prop_assert_eq!(driver.bytes_out as usize, bytes.len());
    }
}
