//! Tests of `end` and `hold` in virtual time.

use super::Catalogue;
use crate::engine::sim::{Duplex, Out, Sim};
use crate::engine::{Direction, DrawKey, Ending, Plan, PlannedToxic};
use crate::toxics::Value;

fn plan(kind: &str, values: &[(&str, Value)]) -> Plan {
    let catalogue = Catalogue::default();
    let toxic = catalogue.find(kind).unwrap().make(values).unwrap();
    let planned = PlannedToxic::new(1, kind, DrawKey::of_seed(1), toxic);
    Plan {
        downstream: vec![planned.into()],
        ..Plan::default()
    }
}

fn last(sim: &Sim) -> Option<&Out> {
    sim.log.last().map(|(_, out)| out)
}

#[test]
fn limit_data_ends_as_asked_behind_exactly_its_bytes() {
    for (end, ending) in [
        ("fin", Ending::Close),
        ("rst", Ending::ResetAfter),
        ("half", Ending::Eof),
    ] {
        let values = [("bytes", 5.into()), ("end", end.into())];
        for chunks in [&["abcdefgh"][..], &["abc", "def"], &["a", "bcde", "f"]] {
            let mut sim = Sim::new(&plan("limit_data", &values));
            for chunk in chunks {
                sim.push(*chunk).run_ms(1);
            }
            assert_eq!(sim.bytes(), b"abcde");
            assert_eq!(last(&sim), Some(&Out::End(ending)), "{end}");
        }
    }
}

#[test]
fn timeout_ends_as_asked_at_its_time_with_and_without_hold() {
    for hold in [false, true] {
        for (end, ending) in [
            ("fin", Ending::Cut),
            ("rst", Ending::Reset),
            ("half", Ending::Eof),
        ] {
            let values = [
                ("timeout", 100.into()),
                ("hold", hold.into()),
                ("end", end.into()),
            ];
            let mut sim = Sim::new(&plan("timeout", &values));
            sim.push("abc").run_ms(99);
            assert_eq!(sim.log, []);
            sim.run_ms(1).push("def").run_ms(10);
            assert_eq!(sim.transcript(), format!("100: {ending:?}\n"));
            assert_eq!(sim.pipeline.queued(), 0);
        }
    }
}

#[test]
fn held_data_and_the_end_flow_when_the_toxic_goes() {
    let mut sim = Sim::new(&plan("timeout", &[("hold", true.into())]));
    sim.push("abc").push("def").run_ms(1000);
    sim.push(vec![b'x'; 64 * 1024]);
    assert!(!sim.pipeline.has_room(), "the link stops reading");
    sim.finish(Ending::Eof).run_ms(1000);
    assert_eq!(sim.log, []);
    sim.adopt(&Plan::default());
    assert_eq!(sim.bytes().len(), 6 + 64 * 1024);
    assert_eq!(last(&sim), Some(&Out::End(Ending::Eof)));
}

/// The answer comes the other way, and must not be cut with the request.
#[test]
fn a_half_close_stays_one_if_the_sender_had_closed_before() {
    for (hold, at) in [(true, 100), (false, 10)] {
        let values = [
            ("timeout", 100.into()),
            ("hold", hold.into()),
            ("end", "half".into()),
        ];
        let plan = plan("timeout", &values);
        let mut sim = Sim::new(&plan);
        sim.push("abc").run_ms(10).push("def");
        sim.finish(Ending::Eof).run_ms(190);
        assert_eq!(sim.transcript(), format!("{at}: Eof\n"));
        sim.adopt(&Plan::default()).run_ms(100);
        assert_eq!(sim.transcript(), format!("{at}: Eof\n"), "hold {hold}");
        assert_eq!(sim.pipeline.queued(), 0);
        assert_eq!(plan.downstream[0].stats.hits().closed, 1);
    }
}

/// Only FIN was held, and it is the sender's.
#[test]
fn a_half_close_without_data_passes_the_senders_own() {
    let values = [
        ("timeout", 100.into()),
        ("hold", true.into()),
        ("end", "half".into()),
    ];
    let mut sim = Sim::new(&plan("timeout", &values));
    sim.finish(Ending::Eof).run_ms(200);
    sim.adopt(&Plan::default()).run_ms(100);
    assert_eq!(sim.transcript(), "100: Eof\n");
}

#[test]
fn a_hold_that_is_switched_off_drops_what_it_held() {
    let mut sim = Sim::new(&plan("timeout", &[("hold", true.into())]));
    sim.push("abc").run_ms(10);
    let mut next = plan("timeout", &[("hold", false.into())]);
    let mut toxic = (*next.downstream[0]).clone();
    toxic.revision = 1;
    next.downstream[0] = toxic.into();
    sim.adopt(&next).run_ms(10);
    assert_eq!((sim.log.len(), sim.pipeline.queued()), (0, 0));
    sim.adopt(&Plan::default());
    assert_eq!(sim.transcript(), "20: Cut\n");
}

/// Without framing, a message is a turn of the conversation.
#[test]
fn a_cut_in_a_turn_passes_exactly_the_bytes_before_it() {
    let direction = |number: usize| match number % 2 {
        0 => Direction::Upstream,
        _ => Direction::Downstream,
    };
    for (message, byte, passed) in [
        (1, 0, ""),
        (1, 2, "ab"),
        (2, 0, "abc"),
        (2, 1, "abcd"),
        (2, 3, "abcdef"),
        // The second message has three bytes only.
        (2, 9, "abcdef"),
        (3, 1, "abcdefg"),
    ] {
        let cut = Value::from([("message", message), ("byte", byte)]);
        let mut duplex = Duplex::new(&plan("limit_data", &[("cut", cut)]));
        for (number, bytes) in ["?", "abc", "?", "def", "?", "ghi"].into_iter().enumerate() {
            for at in 0..bytes.len() {
                duplex.push(direction(number), bytes[at..=at].to_owned());
            }
            duplex.run_ms(1);
        }
        assert_eq!(duplex.down.bytes(), passed.as_bytes(), "{message} {byte}");
        assert_eq!(last(&duplex.down), Some(&Out::End(Ending::Close)));
    }
}

#[test]
fn a_cut_in_a_message_before_the_toxic_acts_is_refused() {
    let catalogue = Catalogue::default();
    let of = |message: i64, after: (&str, Value)| {
        let cut = ("cut", Value::from([("message", message)]));
        let after = ("after", Value::from([after]));
        catalogue.find("limit_data").unwrap().make(&[cut, after])
    };
    for message in [1, 3] {
        let refused = of(message, ("messages", 3.into())).unwrap_err().to_string();
        let expected = format!(
            "cut.message is {message}, but must be above after.messages, which is 3: the toxic \
             acts from message 4 on"
        );
        assert_eq!(refused, expected);
    }
    assert!(of(4, ("messages", 3.into())).is_ok());
    assert!(of(1, ("bytes", 3.into())).is_ok());
}

#[test]
fn a_cut_leaves_other_connections_alone() {
    let cut = Value::from([("message", 4_i64), ("byte", 0)]);
    let mut sim = Sim::new(&plan("limit_data", &[("cut", cut)]));
    sim.push("abc").push("def").finish(Ending::Eof).run_ms(1);
    assert_eq!(sim.bytes(), b"abcdef");
    assert_eq!(last(&sim), Some(&Out::End(Ending::Eof)));
}
