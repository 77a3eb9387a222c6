//! Rates that are repeated over time.

use std::sync::Arc;

use aconite::engine::Moment;
use aconite::engine::sim::Sim;
use aconite::toxics::{Catalogue, TokenBucket, Value};

use super::{assert_exact, ms, received_in};
use crate::harness::crowd::{Crowd, plan};

/// A tunnel: 1 MB/s for 2 s, nothing for 1 s, 100 KB/s for 1 s.
fn tunnel(is_shared: bool) -> [(&'static str, Value); 2] {
    let pairs = vec![vec![0_i64, 1000], vec![2, 0], vec![3, 100]];
    [("trace", pairs.into()), ("shared", is_shared.into())]
}

const PERIOD: u64 = 2_100_000;

#[test]
fn each_period_carries_the_same_bytes() {
    for count in [1, 6] {
        for late in [0, 1] {
            let bucket = Arc::new(TokenBucket::default());
            let mut crowd = Crowd::new();
            crowd.lateness = ms(late);
            crowd.join(&plan(&tunnel(true), &bucket, 0), count);
            crowd.run_ms(late);
            for _ in 0..5 {
                for (time, asked) in [
                    (1000, 1_000_000),
                    (1000, 1_000_000),
                    (1000, 0),
                    (1000, 100_000),
                ] {
                    let received: u64 = received_in(&mut crowd, time).iter().sum();
                    assert!(received.abs_diff(asked) <= 4100, "{received} of {asked}");
                }
            }
            let total = crowd.total();
            assert!(total.abs_diff(5 * PERIOD) <= 4000, "{total}");
        }
    }
}

#[test]
fn no_byte_leaves_while_the_rate_is_0_and_one_that_could_leave_before_does() {
    let bucket = Arc::new(TokenBucket::default());
    let mut sim = Sim::new(&plan(&tunnel(false), &bucket, 0));
    sim.run_ms(1999);
    sim.push(vec![1; 1500]).run_ms(1);
    assert_eq!(sim.bytes().len(), 1000);
    sim.run_ms(1000);
    assert_eq!(sim.bytes().len(), 1000);
    sim.run_ms(5);
    assert_eq!(sim.bytes().len(), 1500);
}

#[test]
fn a_connection_of_its_own_begins_the_trace_when_it_begins() {
    let bucket = Arc::new(TokenBucket::default());
    let mut crowd = Crowd::new();
    let plan = plan(&tunnel(false), &bucket, 0);
    crowd.join(&plan, 1);
    crowd.run_ms(2500);
    crowd.join(&plan, 1);
    crowd.run_ms(500);
    let received = crowd.received();
    assert_exact(received[0], 2_000_000);
    assert_exact(received[1], 500_000);
}

#[test]
fn connections_that_share_are_at_the_same_place_of_the_trace() {
    let bucket = Arc::new(TokenBucket::default());
    let mut crowd = Crowd::new();
    let plan = plan(&tunnel(true), &bucket, 0);
    crowd.join(&plan, 1);
    crowd.run_ms(2100);
    crowd.join(&plan, 1);
    assert_eq!(received_in(&mut crowd, 800), [0, 0]);
}

#[test]
fn a_trace_of_nothing_keeps_the_data_until_it_changes() {
    let bucket = Arc::new(TokenBucket::default());
    let mut crowd = Crowd::new();
    let still = [("trace", Value::from(vec![vec![0_i64, 0], vec![5, 0]]))];
    crowd.join(&plan(&still, &bucket, 0), 1);
    crowd.run_ms(100_000);
    assert_eq!(crowd.total(), 0);
    crowd.update(&[("rate", 100.into()), ("burst", 1.into())], &bucket);
    assert_exact(received_in(&mut crowd, 1000)[0], 100_000);
    crowd.check_streams();
}

#[test]
fn a_trace_takes_the_place_of_the_rate_and_lets_a_burst_accumulate() {
    let bucket = Arc::new(TokenBucket::default());
    let pairs = Value::from(vec![vec![0_i64, 100], vec![10, 0]]);
    let given = [
        ("rate", 7.into()),
        ("trace", pairs),
        ("burst", 20_000.into()),
    ];
    let mut sim = Sim::new(&plan(&given, &bucket, 0));
    sim.run_ms(15_000);
    sim.push(vec![1; 30_000]);
    assert_eq!(sim.bytes().len(), 20_000);
    sim.run_until(Moment::from_nanos(20_000_000_000));
    assert_eq!(sim.bytes().len(), 20_000);
    sim.run_ms(100);
    assert_eq!(sim.bytes().len(), 30_000);
}

#[test]
fn a_bad_trace_is_refused_with_its_place() {
    let catalogue = Catalogue::default();
    let kind = catalogue.find("bandwidth").unwrap();
    let refused = |trace: Value| {
        let made = kind.make(&[("trace", trace)]);
        made.expect_err("refused").to_string()
    };
    let pair = |at: f64, rate: f64| Value::from(vec![at, rate]);
    let list = |pairs: Vec<Value>| Value::List(pairs);
    for (trace, problem) in [
        (
            list(vec![pair(0.0, 1.0), pair(0.0, 2.0)]),
            "trace[1][0] is 0, but must be at least 0.001 more than 0",
        ),
        (
            list(vec![pair(5.0, 1.0), pair(4.0, 2.0)]),
            "trace[1][0] is 4, but must be at least 0.001 more than 5",
        ),
        (list(vec![pair(0.0, -1.0)]), "trace[0][1] is -1"),
        (list(vec![pair(f64::NAN, 1.0)]), "trace[0][0] is NaN"),
        (list(vec![pair(1e300, 1.0)]), "trace[0][0] is 1e300"),
        (
            list(vec![vec![1_i64].into()]),
            "trace[0] is [1], but must be a pair",
        ),
        (
            list(vec![vec![1_i64, 2, 3].into()]),
            "trace[0] is [1,2,3], but must be at most 2 entries",
        ),
        (list(vec![7.into()]), "trace[0] is 7"),
        ("fast".into(), "trace is \"fast\""),
        (list(vec![pair(0.0, 1.0); 1001]), "at most 1000 entries"),
    ] {
        let error = refused(trace);
        assert!(error.contains(problem), "{error}");
    }
    for burst in [-1, 1_000_000_001] {
        let error = kind.make(&[("burst", burst)]).unwrap_err().to_string();
        assert!(
            error.contains(&format!("burst is {burst} bytes")),
            "{error}"
        );
    }
}

#[test]
fn extreme_traces_do_not_overflow() {
    let pair = |at: f64, rate: f64| Value::from(vec![at, rate]);
    for trace in [
        vec![pair(0.0, 0.0), pair(1e10, 0.001)],
        vec![pair(0.0, 1e10), pair(0.001, 0.0), pair(1e10, 1e10)],
        vec![pair(1e10, 1e10)],
    ] {
        let given = [
            ("trace", Value::List(trace)),
            ("burst", 1_000_000_000.into()),
            ("shared", true.into()),
        ];
        let bucket = Arc::new(TokenBucket::default());
        let mut crowd = Crowd::new();
        crowd.join(&plan(&given, &bucket, 0), 2);
        for member in &mut crowd.members {
            member.busy = false;
            member.send(1000);
        }
        crowd.run_until(Moment::from_nanos(u64::MAX - 1));
        crowd.remove();
        assert_eq!(crowd.total(), 2000);
    }
}
