//! Calls to the API while 1,000 connections push data through toxics: how long a call takes.
//!
//! Each connection writes as fast as a bandwidth of 10 KB/s lets it, which a latency of 20 ms
//! follows; so the load is 10 MB/s for a contestant that keeps to the rate. (The other way round, a
//! thousand latencies would each hold as much as they may, and memory would be measured.) Meanwhile
//! one client adds a slicer that touches all of these connections, changes it, looks at the proxy
//! and removes it, over and over.

use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{Case, Env, Metrics, Who};
use crate::api::{Api, Toxic, UP};
use crate::contestant::CommandContext;
use crate::crowd::{Far, open};
use crate::fault::{Fault, Result, fault};
use crate::jobs::DRAINED;
use crate::payload::payload;
use crate::stats::{quantile, sorted};

pub const P99: &str = "call p99 ms";
pub const MAX: &str = "call max ms";
pub const FAILED: &str = "failed calls";

/// After so many failures in a row no call is tried any more.
const GIVE_UP: u32 = 3;

pub fn cases() -> Vec<Case> {
    vec![Case::new("api-under-load/1000", Who::Servers, run)]
}

fn run(session: &CommandContext, env: &Env) -> Result<Metrics> {
    let api = session.api()?;
    api.add(&Toxic::bandwidth(UP, 10))?;
    api.add(&Toxic::latency(UP, 20, 0))?;
    let rest = session.rest()?;
    let time = env.seconds(5.0);
    let streams = env
        .runtime
        .block_on(open(session.address, Far::Drains, env.pushing, 50))?;
    let before = DRAINED.load(SeqCst);
    let meter = session.meter()?;
    let start = Instant::now();
    let calls = thread::scope(|scope| {
        let calls = scope.spawn(|| {
            // The queues of the connections fill up first.
            thread::sleep(time / 5);
            change(api, start + time)
        });
        env.runtime
            .block_on(push(streams, start + time, &|| calls.is_finished()));
        calls
            .join()
            .map_err(|_| fault("the API's client thread died"))
    })?;
    let (passed, cpu) = (start.elapsed().as_secs_f64(), meter.seconds()?);
    let peak = session.memory()?.map(|memory| memory.peak);
    let bytes = (DRAINED.load(SeqCst) - before) as f64;
    if calls.good == 0 {
        return Err(calls.why.unwrap_or_else(|| fault("not one call was made")));
    }
    let mut metrics = calls.metrics();
    metrics.push(("MB/s", bytes / 1e6 / passed));
    metrics.extend(cpu.map(|cpu| ("CPU ms/s", cpu * 1e3 / passed)));
    metrics.extend(peak.map(|peak| ("peak growth MiB", peak.saturating_sub(rest) as f64 / 1024.0)));
    Ok(metrics)
}

/// Writes on all streams until `end`, and on while the API's client is still waiting for a call.
async fn push(streams: Vec<TcpStream>, end: Instant, over: &dyn Fn() -> bool) {
    let mut pushing = JoinSet::new();
    for mut stream in streams {
        pushing.spawn(async move {
            // A connection that breaks shows in the MB/s.
            let _ = stream.set_zero_linger();
            while stream.write_all(payload(0, 4096)).await.is_ok() {}
        });
    }
    while Instant::now() < end || !over() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    pushing.shutdown().await;
}

#[derive(Default)]
struct Calls {
    /// In ms, of those that failed too: a call without an answer took the whole limit.
    times: Vec<f64>,
    good: u32,
    why: Option<Fault>,
}

impl Calls {
    fn metrics(self) -> Metrics {
        let count = self.times.len() as f64;
        let seconds = self.times.iter().sum::<f64>() / 1e3;
        let times = sorted(self.times);
        vec![
            ("call p50 ms", quantile(&times, 0.5)),
            (P99, quantile(&times, 0.99)),
            (MAX, quantile(&times, 1.0)),
            (FAILED, count - f64::from(self.good)),
            ("calls/s", count / seconds),
        ]
    }
}

fn change(api: &Api, end: Instant) -> Calls {
    let (first, then) = (Toxic::slicer(UP, 512, 0), Toxic::slicer(UP, 1024, 256));
    let steps: [&dyn Fn() -> Result<()>; 4] = [
        &|| api.add(&first),
        &|| api.update(&then),
        &|| api.show(),
        &|| api.remove(&then),
    ];
    let (mut calls, mut in_a_row) = (Calls::default(), 0);
    for step in steps.into_iter().cycle() {
        if Instant::now() >= end || in_a_row == GIVE_UP {
            break;
        }
        let start = Instant::now();
        let outcome = step();
        calls.times.push(start.elapsed().as_secs_f64() * 1e3);
        match outcome {
            Ok(()) => (calls.good, in_a_row) = (calls.good + 1, 0),
            Err(why) => {
                in_a_row += 1;
                calls.why = calls.why.or(Some(why));
            }
        }
    }
    calls
}
