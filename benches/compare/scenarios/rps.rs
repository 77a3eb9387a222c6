//! 64 connections, each with one message of 64 bytes in flight: requests per second, and the
//! proxy's CPU µs per request. Without toxics, and with toxics that delay nothing.

use std::time::Instant;

use serde_json::Value;

use super::{Case, Env, Metrics, Who};
use crate::api::{DOWN, Toxic, UP};
use crate::contestant::CommandContext;
use crate::crowd::{Far, Until, closed_loop, open};
use crate::fault::Result;
use crate::stats::{quantile, sorted};

pub const RATE: &str = "requests/s";
pub const CPU: &str = "CPU µs/request";

const CONNECTIONS: usize = 64;

pub fn cases() -> Vec<Case> {
    let case = |name: &str, who, toxics: Vec<Toxic>| {
        Case::new(format!("rps/{name}"), who, move |session, env| {
            run(session, env, &toxics)
        })
    };
    let noop = |stream| vec![Toxic::new("noop", stream, Value::Null)];
    let latency = |stream| vec![Toxic::latency(stream, 0, 0)];
    // 1 GB/s is more than these messages ever take, and the connections close after the measurement.
    let chain = |stream| {
        vec![
            Toxic::latency(stream, 0, 0),
            Toxic::bandwidth(stream, 1_000_000),
            Toxic::slow_close(stream, 10),
        ]
    };
    let both =
        |make: &dyn Fn(&'static str) -> Vec<Toxic>| [UP, DOWN].into_iter().flat_map(make).collect();
    vec![
        case("no-toxic", Who::All, Vec::new()),
        case("noop", Who::Servers, both(&noop)),
        case("latency0", Who::Servers, both(&latency)),
        case("chain", Who::Servers, both(&chain)),
    ]
}

fn run(session: &CommandContext, env: &Env, toxics: &[Toxic]) -> Result<Metrics> {
    for toxic in toxics {
        session.api()?.add(toxic)?;
    }
    env.runtime.block_on(async {
        let streams = open(session.address, Far::Echoes, CONNECTIONS, 16).await?;
        let meter = session.meter()?;
        let start = Instant::now();
        let times = closed_loop(streams, Until::Time(start + env.seconds(3.0))).await?;
        let time = start.elapsed().as_secs_f64();
        let cpu = meter.seconds()?;
        Ok(summary(times, time, cpu))
    })
}

/// The metrics of requests that took so long each, in ns, and all of them `time` and `cpu`, in seconds.
pub fn summary(times: Vec<f64>, time: f64, cpu: Option<f64>) -> Metrics {
    let (count, times) = (times.len() as f64, sorted(times));
    let mut metrics = vec![
        (RATE, count / time),
        ("p99 µs", quantile(&times, 0.99) / 1e3),
    ];
    metrics.extend(cpu.map(|cpu| (CPU, cpu * 1e6 / count)));
    metrics
}
