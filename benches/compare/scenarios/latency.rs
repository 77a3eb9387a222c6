//! The accuracy of a latency: the round trip minus the requested delay, minus the same trip without
//! it.
//!
//! `direct` is the bare timer of the machine: the thread at the upstream itself waits that long by
//! `clock_nanosleep` (`std::thread::sleep`, with the kernel's usual timer slack of 50 µs) before it
//! answers, and nothing lies between.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::{Case, Env, Metrics, Who};
use crate::api::{DOWN, Toxic};
use crate::client::{employ, trip};
use crate::contestant::CommandContext;
use crate::crowd::{Far, Until, closed_loop, open};
use crate::fault::Result;
use crate::jobs::Work;
use crate::stats::{median, quantile, sorted};

pub const P50: &str = "error p50 µs";
pub const P99: &str = "error p99 µs";

pub fn cases() -> Vec<Case> {
    let one = |ms| {
        let name = format!("latency-accuracy/{ms}ms");
        Case::new(name, Who::ServersAndDirect, move |session, env| {
            run(session, env, ms)
        })
    };
    let mut cases: Vec<Case> = [1, 10, 50, 200].into_iter().map(one).collect();
    cases.push(Case::new(
        "latency-accuracy/10ms-200conn",
        Who::Servers,
        many,
    ));
    cases
}

/// The median of trips without a toxic, in µs.
pub fn base(session: &CommandContext, env: &Env) -> Result<f64> {
    Ok(median(&trips(
        session.address,
        env.times(300),
        Duration::ZERO,
    )?))
}

/// What `count` trips on a new connection took, in µs, in ascending order. Two more before them
/// do not count.
fn trips(address: SocketAddr, count: u64, after: Duration) -> Result<Vec<f64>> {
    let (mut stream, _job) = employ(address, Work::Answer { after })?;
    let mut once = || trip(&mut stream, &[7; 64], &mut [0; 64]);
    once()?;
    once()?;
    let times: Result<Vec<f64>> = (0..count)
        .map(|_| Ok(once()?.as_secs_f64() * 1e6))
        .collect();
    Ok(sorted(times?))
}

fn run(session: &CommandContext, env: &Env, ms: u64) -> Result<Metrics> {
    let base = base(session, env)?;
    let after = match session.api() {
        Ok(api) => api
            .add(&Toxic::latency(DOWN, ms, 0))
            .map(|()| Duration::ZERO)?,
        Err(_) => Duration::from_millis(ms),
    };
    let times = trips(
        session.address,
        env.times((2000 / ms).clamp(15, 300)),
        after,
    )?;
    Ok(errors(&times, base + ms as f64 * 1e3))
}

/// 200 connections at once compared with one without the toxic: waiting for each other is an error
/// too.
fn many(session: &CommandContext, env: &Env) -> Result<Metrics> {
    let base = base(session, env)?;
    session.api()?.add(&Toxic::latency(DOWN, 10, 0))?;
    let times = env.runtime.block_on(async {
        let streams = open(session.address, Far::Echoes, 200, 20).await?;
        closed_loop(streams, Until::Time(Instant::now() + env.seconds(2.0))).await
    })?;
    let times = sorted(times.into_iter().map(|nanos| nanos / 1e3).collect());
    Ok(errors(&times, base + 10e3))
}

fn errors(times: &[f64], ideal: f64) -> Metrics {
    let names = [
        (P50, 0.5),
        (P99, 0.99),
        ("error max µs", 1.0),
        ("error min µs", 0.0),
    ];
    names
        .into_iter()
        .map(|(name, q)| (name, quantile(times, q) - ideal))
        .collect()
}
