//! Live changes: of the rate, between the forms of the toxic, and its removal.

use std::sync::Arc;

use aconite::engine::{DrawKey, Plan, PlannedToxic};
use aconite::toxics::{Catalogue, TokenBucket, Value};
use proptest::prelude::*;

use super::{assert_exact, assert_fair, received_in, shared};
use crate::harness::crowd::{Crowd, plan};

#[test]
fn another_rate_holds_from_the_change_on() {
    for count in [1, 6, 60] {
        for (before, after) in [(1000, 10_000), (10_000, 1000), (1000, 1)] {
            let bucket = Arc::new(TokenBucket::default());
            let mut crowd = Crowd::new();
            crowd.join(&plan(&shared(before), &bucket, 0), count);
            crowd.run_ms(1001);
            crowd.update(&shared(after), &bucket);
            let first: u64 = received_in(&mut crowd, 1000).iter().sum();
            let asked = after as u64 * 1000;
            // One reservation.
            let reserved = 4 * before as u64 + 64;
            assert!(
                first.abs_diff(asked) <= reserved,
                "{count}: {first} of {asked}"
            );
            crowd.run_ms(2000);
            if after > 1 {
                let received = received_in(&mut crowd, 10_000);
                assert_exact(received.iter().sum(), asked * 10);
                assert_fair(&received);
            }
            crowd.check_streams();
        }
    }
}

#[test]
fn rate_0_keeps_the_data_and_a_new_rate_lets_it_out_at_that_rate() {
    let bucket = Arc::new(TokenBucket::default());
    let mut crowd = Crowd::new();
    crowd.join(&plan(&shared(0), &bucket, 0), 6);
    crowd.run_ms(60_000);
    assert_eq!(crowd.total(), 0);
    crowd.update(&shared(100), &bucket);
    assert_exact(received_in(&mut crowd, 10_000).iter().sum(), 1_000_000);
    crowd.update(&shared(0), &bucket);
    assert_eq!(received_in(&mut crowd, 1000).iter().sum::<u64>(), 0);
    crowd.check_streams();
}

#[test]
fn removal_lets_everything_out() {
    let bucket = Arc::new(TokenBucket::default());
    let mut crowd = Crowd::new();
    crowd.join(&plan(&shared(100), &bucket, 0), 6);
    crowd.run_ms(1000);
    for member in &mut crowd.members {
        member.busy = false;
    }
    crowd.remove();
    for member in &crowd.members {
        assert_eq!(member.received(), member.sent as u64);
    }
    crowd.check_streams();
}

#[test]
fn a_member_that_changes_its_group_gives_back_what_it_had_reserved() {
    let (one, other) = (
        Arc::new(TokenBucket::default()),
        Arc::new(TokenBucket::default()),
    );
    let mut crowd = Crowd::new();
    let first = plan(&shared(10), &one, 0);
    crowd.join(&first, 2);
    crowd.run_ms(1);
    // Both have reserved time for 64 bytes; the first one leaves the group.
    let moved = plan(&shared(10), &other, 1);
    crowd.members[0].sim.adopt(&moved);
    let received = received_in(&mut crowd, 10_000);
    assert!(
        received.iter().all(|got| got.abs_diff(100_000) <= 128),
        "{received:?}"
    );
}

#[test]
fn toxics_before_and_behind_change_nothing() {
    let around = |bucket: &Arc<TokenBucket>| {
        let catalogue = Catalogue::default();
        let mut middle = plan(&shared(1000), bucket, 0).downstream;
        let toxic = |id: u64, kind: &str, given: &[(&str, i64)]| {
            let toxic = catalogue.find(kind).unwrap().make(given).unwrap();
            Arc::new(PlannedToxic::new(id, kind, DrawKey::of_seed(1), toxic))
        };
        let mut plan = Plan::default();
        plan.downstream
            .push(toxic(2, "slicer", &[("average_size", 500)]));
        plan.downstream.append(&mut middle);
        plan.downstream
            .push(toxic(3, "latency", &[("latency", 100), ("jitter", 50)]));
        plan
    };
    let bucket = Arc::new(TokenBucket::default());
    let mut crowd = Crowd::new();
    crowd.join(&around(&bucket), 3);
    crowd.join(&plan(&shared(1000), &bucket, 0), 3);
    crowd.run_ms(1000);
    let received = received_in(&mut crowd, 10_000);
    assert_exact(received.iter().sum(), 10_000_000);
    assert_fair(&received);
    crowd.check_streams();
}

#[derive(Clone, Debug)]
enum Action {
    Send(usize, usize),
    Pass(u64),
    Room(usize, bool),
    Update(Vec<(&'static str, Value)>),
}

fn given() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let rate = prop_oneof![Just(0_i64), 1..50_i64, 50..5000_i64];
    let burst = prop_oneof![Just(0_i64), 1..5000_i64];
    let step = (1..3000_u32, 0..300_u32);
    let trace = prop::collection::vec(step, 0..4).prop_map(|steps| {
        let mut at = 0.0;
        let pairs = steps.into_iter().map(|(ms, rate)| {
            at += f64::from(ms) / 1000.0;
            Value::from(vec![at, f64::from(rate)])
        });
        Value::List(pairs.collect())
    });
    (rate, burst, trace, any::<bool>()).prop_map(|(rate, burst, trace, is_shared)| {
        vec![
            ("rate", rate.into()),
            ("burst", burst.into()),
            ("trace", trace),
            ("shared", is_shared.into()),
        ]
    })
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        6 => (0..3_usize, 1..2000_usize).prop_map(|(who, size)| Action::Send(who, size)),
        4 => prop_oneof![0..10_u64, 0..3000_u64].prop_map(Action::Pass),
        2 => (0..3_usize, any::<bool>()).prop_map(|(who, room)| Action::Room(who, room)),
        3 => given().prop_map(Action::Update),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_changes_every_byte_leaves_once_and_in_order(
        first in given(),
        actions in prop::collection::vec(action(), 0..40),
    ) {
        let bucket = Arc::new(TokenBucket::default());
        let mut crowd = Crowd::new();
        crowd.join(&plan(&first, &bucket, 0), 3);
        for member in &mut crowd.members {
            member.busy = false;
        }
        for action in actions {
            match action {
                Action::Send(who, size) => crowd.members[who].send(size),
                Action::Pass(ms) => crowd.run_ms(ms),
                Action::Room(who, room) => {
                    crowd.members[who].sim.set_room(room);
                }
                Action::Update(given) => crowd.update(&given, &bucket),
            }
        }
        for member in &mut crowd.members {
            member.sim.set_room(true);
        }
        // A rate of at least 1 KB/s lets everything out in time.
        crowd.update(&[("rate", 1000.into()), ("shared", true.into())], &bucket);
        crowd.run_ms(10_000);
        for member in &crowd.members {
            prop_assert_eq!(member.received(), member.sent as u64);
            prop_assert_eq!(member.sim.pipeline.queued(), 0);
        }
        crowd.check_streams();
    }
}
