//! `bandwidth` with `shared`, `group`, `burst` and `trace`: several pipelines with one clock, in
//! virtual time.

mod bursts;
mod changes;
mod leavers;
mod shares;
mod traces;

use std::time::Duration;

use crate::harness::crowd::Crowd;
use aconite::toxics::Value;

/// Fails unless `got` is within half a percent of `asked` bytes.
fn assert_exact(got: u64, asked: u64) {
    let share = got as f64 / asked as f64;
    assert!(
        (0.995..=1.005).contains(&share),
        "{got} of {asked}: {share}"
    );
}

/// Fails unless every one is within a tenth of its part of the sum.
fn assert_fair(received: &[u64]) {
    let fair = received.iter().sum::<u64>() as f64 / received.len() as f64;
    for got in received {
        let part = *got as f64 / fair;
        assert!((0.9..=1.1).contains(&part), "{got} of {fair}: {received:?}");
    }
}

/// What each connection receives in so many milliseconds from now.
fn received_in(crowd: &mut Crowd, ms: u64) -> Vec<u64> {
    let before = crowd.received();
    crowd.run_ms(ms);
    let after = crowd.received();
    after
        .iter()
        .zip(before)
        .map(|(after, before)| after - before)
        .collect()
}

fn shared(rate: i64) -> [(&'static str, Value); 2] {
    [("rate", rate.into()), ("shared", true.into())]
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}
