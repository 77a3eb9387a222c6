//! The depth of the bucket.

use std::sync::Arc;

use aconite::engine::sim::Sim;
use aconite::toxics::{TokenBucket, Value};

use super::{assert_exact, ms, received_in};
use crate::harness::crowd::{Crowd, plan};

fn burst(rate: i64, burst: i64, is_shared: bool) -> [(&'static str, Value); 3] {
    [
        ("rate", rate.into()),
        ("burst", burst.into()),
        ("shared", is_shared.into()),
    ]
}

#[test]
fn a_new_bucket_is_full_and_empties_at_once() {
    for is_shared in [true, false] {
        let bucket = Arc::new(TokenBucket::default());
        let mut crowd = Crowd::new();
        crowd.join(&plan(&burst(100, 50_000, is_shared), &bucket, 0), 1);
        crowd.run_ms(0);
        assert_eq!(crowd.total(), 50_000);
        crowd.run_ms(1000);
        assert_exact(crowd.total(), 150_000);
        crowd.check_streams();
    }
}

#[test]
fn connections_that_share_have_one_bucket() {
    let bucket = Arc::new(TokenBucket::default());
    let mut crowd = Crowd::new();
    crowd.join(&plan(&burst(100, 50_000, true), &bucket, 0), 6);
    crowd.run_ms(0);
    assert_eq!(crowd.total(), 50_000);
    crowd.run_ms(10_000);
    assert_exact(crowd.total(), 1_050_000);
}

#[test]
fn a_pause_fills_the_bucket_at_the_rate_and_no_further() {
    let bucket = Arc::new(TokenBucket::default());
    let mut sim = Sim::new(&plan(&burst(100, 5000, false), &bucket, 0));
    let sent = |sim: &mut Sim, size: usize| {
        let before = sim.bytes().len();
        sim.push(vec![1; size]);
        sim.bytes().len() - before
    };
    assert_eq!(sent(&mut sim, 5000), 5000);
    sim.run_ms(20);
    assert_eq!(sent(&mut sim, 2000), 2000);
    assert_eq!(sent(&mut sim, 1000), 0);
    sim.run_ms(10_000);
    assert_eq!(sent(&mut sim, 6000), 5000);
    sim.run_ms(10);
    assert_eq!(sim.bytes().len(), 14_000);
}

#[test]
fn a_change_fills_no_bucket() {
    for is_shared in [true, false] {
        let bucket = Arc::new(TokenBucket::default());
        let mut crowd = Crowd::new();
        crowd.join(&plan(&burst(100, 50_000, is_shared), &bucket, 0), 1);
        crowd.run_ms(1000);
        for size in [50_001, 50_002, 50_003] {
            crowd.update(&burst(100, size, is_shared), &bucket);
            assert_exact(received_in(&mut crowd, 1000)[0], 100_000);
        }
    }
}

#[test]
fn bytes_within_the_burst_are_not_counted_as_delayed() {
    let bucket = Arc::new(TokenBucket::default());
    let plan = plan(&burst(100, 5000, true), &bucket, 0);
    let mut sim = Sim::new(&plan);
    for _ in 0..10 {
        sim.push(vec![1; 100]).run_ms(1);
    }
    assert_eq!(plan.downstream[0].stats.hits().delayed, 0);
    sim.push(vec![1; 10_000]).run_ms(1000);
    assert!(plan.downstream[0].stats.hits().delayed > 0);
    assert_eq!(sim.bytes().len(), 11_000);
    assert!(
        sim.log
            .last()
            .unwrap()
            .0
            .since(aconite::engine::Moment::ORIGIN)
            < ms(100)
    );
}
