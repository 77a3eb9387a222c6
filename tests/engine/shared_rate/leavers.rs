//! Connections that end, or leave the toxic, while they have a part of the rate reserved.

use std::sync::Arc;

use aconite::engine::{Ending, Plan};
use aconite::toxics::TokenBucket;
use proptest::prelude::*;

use super::{ms, shared};
use crate::harness::crowd::{Crowd, plan};

/// How a connection leaves.
#[derive(Clone, Copy, Debug)]
enum Leave {
    /// It is gone at once, as when its task is dropped.
    Gone,
    /// Its sender resets it.
    Reset,
    /// The toxic is removed from it.
    Freed,
    /// It has sent all it had, and closes.
    Done,
}

fn leave() -> impl Strategy<Value = Leave> {
    prop_oneof![
        Just(Leave::Gone),
        Just(Leave::Reset),
        Just(Leave::Freed),
        Just(Leave::Done),
    ]
}

/// Those who come at once, how many ms they stay, and how they leave.
fn visits() -> impl Strategy<Value = Vec<(usize, u64, Leave)>> {
    prop::collection::vec((1..20_usize, 0..30_u64, leave()), 40..80)
}

/// Removes the connections after the first `stay`. Returns what the toxic let through to them.
fn see_off(crowd: &mut Crowd, stay: usize, how: Leave) -> u64 {
    let guests = crowd.members.get_mut(stay..).unwrap_or_default();
    let received = guests.iter().map(|guest| guest.received()).sum();
    for guest in guests {
        match how {
            Leave::Gone | Leave::Done => {}
            Leave::Reset => {
                guest.sim.finish(Ending::Reset);
            }
            Leave::Freed => {
                guest.sim.adopt(&Plan::default());
            }
        }
    }
    crowd.members.truncate(stay);
    received
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_those_who_leave_had_reserved_goes_to_the_others(
        rate in prop_oneof![Just(10_i64), Just(100), Just(2000)],
        stay in 1..4_usize,
        late in prop_oneof![Just(0_u64), Just(1)],
        visits in visits(),
    ) {
        let bucket = Arc::new(TokenBucket::default());
        let plan = plan(&shared(rate), &bucket, 0);
        let mut crowd = Crowd::new();
        crowd.lateness = ms(late);
        crowd.join(&plan, stay);
        crowd.run_ms(100);
        let mut total = 0;
        for (count, span, how) in visits {
            crowd.join(&plan, count);
            if let Leave::Done = how {
                for guest in crowd.members.iter_mut().skip(stay) {
                    guest.busy = false;
                    guest.send(200);
                }
            }
            crowd.run_ms(span);
            total += see_off(&mut crowd, stay, how);
        }
        crowd.run_ms(2000);
        total += crowd.total();
        let asked = crowd.now.as_nanos() / 1_000_000 * rate as u64;
        // What those who stay have reserved now has not left yet.
        let reserved = stay as u64 * (4 * rate as u64).max(64);
        prop_assert!(total <= asked + asked / 200, "{total} of {asked}");
        prop_assert!(total + reserved >= asked - asked / 200, "{total} of {asked}");
        crowd.check_streams();
    }
}
