//! How a rate is divided.

use std::sync::Arc;

use aconite::engine::sim::Sim;
use aconite::toxics::TokenBucket;
use bytes::Bytes;

use super::{assert_exact, assert_fair, ms, received_in, shared};
use crate::harness::crowd::{Crowd, plan};

#[test]
fn any_number_of_connections_gets_the_rate_in_equal_parts() {
    for (rate, seconds) in [(5, 100), (1000, 5), (50_000, 3)] {
        for count in [1, 6, 60] {
            for late in [0, 2] {
                let bucket = Arc::new(TokenBucket::default());
                let mut crowd = Crowd::new();
                crowd.lateness = ms(late);
                crowd.join(&plan(&shared(rate), &bucket, 0), count);
                crowd.run_ms(seconds * 1000);
                assert_exact(crowd.total(), seconds * rate as u64 * 1000);
                assert_fair(&crowd.received());
                crowd.check_streams();
            }
        }
    }
}

#[test]
fn the_size_of_reads_does_not_change_the_parts() {
    let bucket = Arc::new(TokenBucket::default());
    let mut crowd = Crowd::new();
    crowd.join(&plan(&shared(1000), &bucket, 0), 6);
    for (member, read) in crowd
        .members
        .iter_mut()
        .zip([200, 500, 1448, 4096, 20_000, 65_536])
    {
        member.read = read;
    }
    crowd.run_ms(10_000);
    assert_exact(crowd.total(), 10_000_000);
    assert_fair(&crowd.received());
    crowd.check_streams();
}

#[test]
fn who_comes_gets_a_part_and_who_has_nothing_to_send_leaves_it_to_the_others() {
    let bucket = Arc::new(TokenBucket::default());
    let mut crowd = Crowd::new();
    let plan = plan(&shared(1000), &bucket, 0);
    crowd.join(&plan, 2);
    assert_eq!(received_in(&mut crowd, 2000), [1_000_000, 1_000_000]);
    crowd.join(&plan, 2);
    let received = received_in(&mut crowd, 2000);
    assert_exact(received.iter().sum(), 2_000_000);
    assert_fair(&received);
    // One sends nothing more, and another one is gone.
    crowd.members[0].busy = false;
    crowd.members.remove(3);
    crowd.run_ms(1000);
    let received = received_in(&mut crowd, 2000);
    assert_eq!(received[0], 0);
    assert_exact(received.iter().sum(), 2_000_000);
    assert_fair(&received[1..]);
}

#[test]
fn a_receiver_that_does_not_read_holds_nobody_up() {
    let bucket = Arc::new(TokenBucket::default());
    let mut crowd = Crowd::new();
    crowd.join(&plan(&shared(1000), &bucket, 0), 3);
    crowd.run_ms(1000);
    crowd.members[0].sim.set_room(false);
    crowd.run_ms(100);
    let received = received_in(&mut crowd, 2000);
    assert_eq!(received[0], 0);
    assert_exact(received.iter().sum(), 2_000_000);
    assert_fair(&received[1..]);
    crowd.members[0].sim.set_room(true);
    let received = received_in(&mut crowd, 3000);
    assert_exact(received.iter().sum(), 3_000_000);
    assert_fair(&received);
}

#[test]
fn toxics_of_a_group_share_by_time_each_at_its_own_rate() {
    let bucket = Arc::new(TokenBucket::default());
    let mut crowd = Crowd::new();
    let group = |rate: i64| [("rate", rate.into()), ("group", "uplink".into())];
    crowd.join(&plan(&group(1000), &bucket, 0), 1);
    crowd.join(&plan(&group(500), &bucket, 0), 1);
    let received = received_in(&mut crowd, 10_000);
    assert_exact(received[0], 5_000_000);
    assert_exact(received[1], 2_500_000);
    crowd.members[0].busy = false;
    crowd.run_ms(100);
    assert_exact(received_in(&mut crowd, 10_000)[1], 5_000_000);
}

#[test]
fn a_small_message_waits_for_one_reservation_of_each_other() {
    let bucket = Arc::new(TokenBucket::default());
    let mut crowd = Crowd::new();
    let plan = plan(&shared(1000), &bucket, 0);
    crowd.join(&plan, 5);
    crowd.members[0].busy = false;
    crowd.run_ms(1000);
    let began = crowd.now;
    crowd.members[0].send(100);
    crowd.run_ms(100);
    let (left, _) = crowd.members[0].sim.log.last().unwrap();
    // Four others have reserved 4 ms each.
    assert!(left.since(began) <= ms(17), "{left:?}");
}

#[test]
fn without_a_share_to_divide_connections_do_not_touch_each_other() {
    let bucket = Arc::new(TokenBucket::default());
    let mut crowd = Crowd::new();
    let given = [("rate", 1000.into()), ("burst", 1.into())];
    crowd.join(&plan(&given, &bucket, 0), 4);
    for received in received_in(&mut crowd, 10_000) {
        assert_exact(received, 10_000_000);
    }
}

#[test]
fn a_fair_part_is_no_inaccuracy() {
    let bucket = Arc::new(TokenBucket::default());
    let mut crowd = Crowd::new();
    crowd.lateness = std::time::Duration::from_micros(100);
    let plan = plan(&shared(1000), &bucket, 0);
    crowd.join(&plan, 1);
    crowd.run_ms(1000);
    crowd.join(&plan, 5);
    crowd.run_ms(5000);
    crowd.members[3].busy = false;
    crowd.members.truncate(5);
    crowd.run_ms(5000);
    let accuracy = plan.downstream[0].stats.exactness();
    assert!(accuracy.within_tolerance(), "{accuracy:?}");
    let (asked, achieved) = (
        accuracy.asked_rate.unwrap(),
        accuracy.achieved_rate.unwrap(),
    );
    assert_exact(asked, 1_000_000);
    assert!(achieved.count > 200, "{achieved:?}");
    for rate in [achieved.p50, achieved.p99] {
        assert!((980_000..=1_010_000).contains(&rate), "{achieved:?}");
    }
}

#[test]
fn late_timers_count_against_a_shared_rate_too() {
    let bucket = Arc::new(TokenBucket::default());
    let plan = plan(&shared(1000), &bucket, 0);
    let mut sim = Sim::new(&plan);
    sim.lateness = ms(150);
    sim.push(Bytes::from(vec![7; 60_000]));
    sim.run_ms(20_000);
    let accuracy = plan.downstream[0].stats.exactness();
    assert!(!accuracy.within_tolerance(), "{accuracy:?}");
}
