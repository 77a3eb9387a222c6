//! The phase `connect`: what toxics do before the upstream is dialled, in virtual time.

use std::sync::Arc;
use std::time::Duration;

use aconite::engine::{
    ConnectPhase, ConnectStep, Direction, DrawKey, Hits, Moment, Pipeline, Plan, PlannedToxic, Step,
};
use aconite::toxics::{Catalogue, Value};

fn at(millis: u64) -> Moment {
    Moment::ORIGIN + Duration::from_millis(millis)
}

/// A toxic of one kind whose id and name are its number.
fn toxic(id: u64, kind: &str, attributes: &[(&str, i64)]) -> PlannedToxic {
    let catalogue = Catalogue::default();
    let kind = catalogue.find(kind).unwrap();
    let given = attributes.iter();
    let mut given: Vec<(&str, Value)> = given
        .map(|(name, value)| (*name, (*value).into()))
        .collect();
    given.push(("phase", "connect".into()));
    let proxy = DrawKey::of_seed(7).named("p");
    PlannedToxic::new(id, &id.to_string(), proxy, kind.make(&given).unwrap())
}

fn latency(id: u64, millis: i64) -> PlannedToxic {
    toxic(id, "latency", &[("latency", millis)])
}

fn timeout(id: u64, millis: i64) -> PlannedToxic {
    toxic(id, "timeout", &[("timeout", millis)])
}

fn reset(id: u64, millis: i64) -> PlannedToxic {
    toxic(id, "reset_peer", &[("timeout", millis)])
}

fn plan(toxics: impl IntoIterator<Item = PlannedToxic>) -> Plan {
    let toxics = toxics.into_iter();
    Plan {
        connect: toxics
            .map(|toxic| (Direction::Downstream, toxic.into()))
            .collect(),
        ..Plan::default()
    }
}

fn begin(plan: &Plan) -> ConnectPhase {
    ConnectPhase::new(plan, 1.into(), at(0))
}

fn wait(millis: u64) -> ConnectStep {
    ConnectStep::Wait {
        until: Some(at(millis)),
        silent: false,
    }
}

fn silence(until: Option<u64>) -> ConnectStep {
    ConnectStep::Wait {
        until: until.map(at),
        silent: true,
    }
}

fn close(id: u64) -> ConnectStep {
    ConnectStep::Close(id.to_string().into())
}

fn hits(plan: &Plan, index: usize) -> Hits {
    plan.connect[index].1.stats.hits()
}

/// The counts of a toxic that touched one connection.
fn touched() -> Hits {
    Hits {
        connections: 1,
        ..Hits::default()
    }
}

#[test]
fn delays_add_up_even_if_the_timer_is_late() {
    let plan = plan([latency(1, 100), latency(2, 0), latency(3, 200)]);
    let mut phase = begin(&plan);
    assert_eq!(phase.poll(at(0)), wait(100));
    assert_eq!(phase.poll(at(99)), wait(100));
    // Late by 30 ms, which the next delay makes up for.
    assert_eq!(phase.poll(at(130)), wait(300));
    assert_eq!(phase.poll(at(300)), ConnectStep::Dial);
    assert_eq!(
        hits(&plan, 0),
        Hits {
            delayed: 1,
            ..touched()
        }
    );
    assert_eq!(
        hits(&plan, 1),
        touched(),
        "a delay of nothing delays nothing"
    );
    let accuracy = plan.connect[0].1.stats.exactness();
    let (asked, late) = (accuracy.asked.unwrap(), accuracy.late.unwrap());
    assert_eq!((asked.count, late.count), (1, 1));
    assert!(late.max >= 29_000_000, "{late:?}");
}

#[test]
fn silence_lasts_for_its_time_or_for_ever() {
    let held = plan([latency(1, 50), timeout(2, 100), latency(3, 5)]);
    let mut phase = begin(&held);
    assert_eq!(phase.poll(at(50)), silence(Some(150)));
    assert_eq!(phase.poll(at(151)), close(2));
    assert_eq!(phase.poll(at(999)), close(2), "it stays over");
    assert_eq!(
        hits(&held, 1),
        Hits {
            closed: 1,
            ..touched()
        }
    );
    assert_eq!(hits(&held, 2), Hits::default(), "it had no turn");
    let mut phase = begin(&plan([timeout(1, 0)]));
    assert_eq!(phase.poll(at(0)), silence(None));
    assert_eq!(phase.poll(at(1_000_000_000)), silence(None));
}

#[test]
fn a_reset_comes_at_once_or_after_its_time() {
    let at_once = plan([reset(1, 0)]);
    assert_eq!(begin(&at_once).poll(at(0)), ConnectStep::Reset("1".into()));
    assert_eq!(
        hits(&at_once, 0),
        Hits {
            reset: 1,
            ..touched()
        }
    );
    assert!(!at_once.connect[0].1.stats.exactness().is_known());
    let mut phase = begin(&plan([latency(1, 30), reset(2, 20)]));
    assert_eq!(phase.poll(at(0)), wait(30));
    assert_eq!(phase.poll(at(30)), wait(50));
    assert_eq!(phase.poll(at(50)), ConnectStep::Reset("2".into()));
}

#[test]
fn toxicity_and_scope_decide_per_connection_with_the_draws_of_a_data_toxic() {
    let mut half = latency(1, 100);
    half.toxicity = 0.5;
    let applies = |connection: u64| {
        let mut phase = ConnectPhase::new(&plan([half.clone()]), connection.into(), at(0));
        phase.poll(at(0)) == wait(100)
    };
    let seen: Vec<bool> = (1..=1000).map(applies).collect();
    let drawn = |connection: u64| {
        half.applicability(connection.into(), Direction::Downstream)
            .applies
    };
    assert_eq!(seen, (1..=1000).map(drawn).collect::<Vec<_>>());
    let count = seen.iter().filter(|applies| **applies).count();
    assert!((430..570).contains(&count), "{count}");
}

#[test]
fn jitter_is_the_one_of_the_streams_first_byte() {
    let jitter = [("latency", 1000), ("jitter", 500)];
    let toxic = toxic(1, "latency", &jitter);
    for connection in 1..100_u64 {
        let mut phase = ConnectPhase::new(&plan([toxic.clone()]), connection.into(), at(0));
        let ConnectStep::Wait {
            until: Some(until), ..
        } = phase.poll(at(0))
        else {
            panic!("no delay on {connection}");
        };
        let mut data = Plan::default();
        data.downstream.push(toxic.clone().into());
        let mut pipeline = Pipeline::new(&data, Direction::Downstream, connection, at(0));
        pipeline.push("x".into(), at(0));
        assert_eq!(pipeline.poll(at(0), true), Step::Wait(Some(until)));
    }
}

#[test]
fn removing_or_changing_a_delay_dials_at_once() {
    for next in [
        plan([]),
        plan([PlannedToxic {
            revision: 1,
            ..latency(1, 9000)
        }]),
    ] {
        let first = plan([latency(1, 5000)]);
        let mut phase = begin(&first);
        assert_eq!(phase.poll(at(0)), wait(5000));
        phase.adopt(&next, at(70));
        assert_eq!(phase.poll(at(70)), ConnectStep::Dial);
        assert_eq!(
            hits(&first, 0),
            Hits {
                delayed: 1,
                ..touched()
            }
        );
        assert_eq!(
            first.connect[0].1.stats.exactness().asked,
            None,
            "it was not carried out"
        );
    }
}

#[test]
fn removing_silence_closes_and_lowering_its_toxicity_dials() {
    let first = plan([timeout(1, 0)]);
    let mut phase = begin(&first);
    phase.poll(at(0));
    phase.adopt(&plan([]), at(10));
    assert_eq!(phase.poll(at(10)), close(1));
    assert_eq!(
        hits(&first, 0),
        Hits {
            closed: 1,
            ..touched()
        }
    );

    let mut phase = begin(&first);
    phase.poll(at(0));
    phase.adopt(
        &plan([PlannedToxic {
            toxicity: 0.0,
            ..timeout(1, 0)
        }]),
        at(10),
    );
    assert_eq!(phase.poll(at(10)), ConnectStep::Dial);
}

#[test]
fn silence_and_reset_take_a_new_time_from_the_beginning_of_their_turn() {
    let revised = |toxic| PlannedToxic {
        revision: 1,
        ..toxic
    };
    let mut phase = begin(&plan([timeout(1, 0)]));
    phase.poll(at(0));
    phase.adopt(&plan([revised(timeout(1, 300))]), at(100));
    assert_eq!(phase.poll(at(100)), silence(Some(300)));
    let mut phase = begin(&plan([reset(1, 5000)]));
    phase.poll(at(0));
    phase.adopt(&plan([revised(reset(1, 50))]), at(100));
    assert_eq!(phase.poll(at(100)), ConnectStep::Reset("1".into()));
    let mut phase = begin(&plan([reset(1, 5000), latency(2, 10)]));
    phase.poll(at(0));
    phase.adopt(&plan([latency(2, 10)]), at(100));
    assert_eq!(phase.poll(at(100)), wait(110), "the reset is called off");
}

#[test]
fn a_toxic_whose_turn_has_not_come_is_taken_as_it_is_then() {
    let mut phase = begin(&plan([latency(1, 100), timeout(2, 0), latency(3, 100)]));
    phase.poll(at(0));
    let later = latency(4, 100);
    phase.adopt(
        &plan([
            latency(1, 100),
            PlannedToxic {
                revision: 1,
                ..latency(3, 50)
            },
            later,
        ]),
        at(10),
    );
    assert_eq!(phase.poll(at(10)), wait(100), "the delay goes on");
    assert_eq!(
        phase.poll(at(100)),
        wait(150),
        "the removed one had no turn"
    );
    assert_eq!(
        phase.poll(at(150)),
        ConnectStep::Dial,
        "a new one does not act"
    );
}

#[test]
fn unchanged_toxics_are_reused_by_the_next_plan() {
    let toxic = latency(1, 10);
    let before = plan([toxic.clone()]);
    let next = plan([toxic]).reusing(&before);
    assert!(Arc::ptr_eq(&before.connect[0].1, &next.connect[0].1));
}

#[test]
fn other_kinds_and_contradictions_are_refused() {
    let catalogue = Catalogue::default();
    let make = |kind: &str, given: &[(&str, Value)]| {
        let kind = catalogue.find(kind).unwrap();
        kind.make(given)
            .map(drop)
            .map_err(|error| error.to_string())
    };
    for kind in ["bandwidth", "slow_close", "limit_data", "noop"] {
        let refused = make(kind, &[("phase", "connect".into())]).unwrap_err();
        let text = format!(
            "phase is \"connect\", but {kind} acts on data only; give it to latency, timeout or reset_peer"
        );
        assert_eq!(refused, text);
        assert_eq!(make(kind, &[("phase", "data".into())]), Ok(()));
    }
    let bytes = Value::Map(vec![("bytes".into(), Value::Integer(9))]);
    let refused = make("latency", &[("phase", "connect".into()), ("after", bytes)]);
    assert_eq!(
        refused.unwrap_err(),
        "phase is \"connect\", but after waits for data; give one of the two"
    );
    let half = [("phase", "connect".into()), ("end", "half".into())];
    let refused = make("timeout", &half).unwrap_err();
    assert!(
        refused.starts_with("end is \"half\", but phase is"),
        "{refused}"
    );
    let refused = make("latency", &[("phase", "dial".into())]).unwrap_err();
    assert!(
        refused.starts_with("phase is \"dial\", but must be one of"),
        "{refused}"
    );
}
