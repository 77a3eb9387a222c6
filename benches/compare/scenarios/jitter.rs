//! 50 ± 20 ms on 40 connections: how the delays are spread over 30 to 70 ms.

use super::latency::base;
use super::{Case, Env, Metrics, Who};
use crate::api::{DOWN, Toxic};
use crate::contestant::CommandContext;
use crate::crowd::{Far, Until, closed_loop, open};
use crate::fault::Result;
use crate::stats::{critical_distance, distance_to_uniform, mean_and_deviation, quantile, sorted};

/// The Kolmogorov-Smirnov distance to the uniform distribution.
pub const DISTANCE: &str = "KS distance";
/// The same over what one true sample in twenty exceeds.
pub const JUDGED: &str = "KS / critical";
pub const OUTSIDE: &str = "outside by > 1 ms, %";

const CONNECTIONS: usize = 40;

pub fn cases() -> Vec<Case> {
    vec![Case::new("jitter/50ms-20ms", Who::Servers, run)]
}

fn run(session: &CommandContext, env: &Env) -> Result<Metrics> {
    let base = base(session, env)? / 1e3;
    session.api()?.add(&Toxic::latency(DOWN, 50, 20))?;
    let times = env.runtime.block_on(async {
        let streams = open(session.address, Far::Echoes, CONNECTIONS, CONNECTIONS).await?;
        closed_loop(streams, Until::Trips(env.times(10))).await
    })?;
    let delays = sorted(times.into_iter().map(|nanos| nanos / 1e6 - base).collect());
    let (mean, deviation) = mean_and_deviation(&delays);
    let outside = delays
        .iter()
        .filter(|delay| !(29.0..=71.0).contains(*delay))
        .count();
    let distance = distance_to_uniform(&delays, 30.0, 70.0);
    Ok(vec![
        ("mean ms", mean),
        ("std-dev ms", deviation),
        ("min ms", quantile(&delays, 0.0)),
        ("max ms", quantile(&delays, 1.0)),
        (OUTSIDE, 100.0 * outside as f64 / delays.len() as f64),
        (DISTANCE, distance),
        (JUDGED, distance / critical_distance(delays.len())),
    ])
}
