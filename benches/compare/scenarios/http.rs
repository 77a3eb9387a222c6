//! HTTP/1.1 on 32 kept connections, one request in flight on each: requests per second, and the
//! proxy's CPU µs per request. Beside rules that do not match, beside a toxic that sees every byte, and
//! with answers of the proxy's own; and one answer without end at full speed.

use std::time::Instant;

use serde_json::{Value, json};

use super::rps::summary;
pub use super::rps::{CPU, RATE};
use super::{Case, Env, Metrics, Who};
use crate::api::{DOWN, Toxic, UP};
use crate::contestant::CommandContext;
use crate::fault::Result;
use crate::http::{self, GIVEN, REAL};

pub const STREAM: &str = "GB/s";
pub const STREAM_CPU: &str = "CPU s/GB";

const CONNECTIONS: usize = 32;
/// Rules that do not match, beside one another.
const RULES: usize = 10;

pub fn cases() -> Vec<Case> {
    let noop = |stream| Toxic::new("noop", stream, Value::Null);
    let never = |number: usize| {
        let rule = json!({"path": format!("/never/{number}/*"), "method": "GET"});
        Toxic::latency(DOWN, 100, 0).of_http(&format!("never{number}"), &rule)
    };
    let respond = Toxic::new("respond", DOWN, json!({"status": 429}))
        .of_http("respond", &json!({"path": GIVEN}));
    let requests = |name: &str, who, path: &'static str, toxics: Vec<Toxic>| {
        Case::new(format!("http/{name}"), who, move |session, env| {
            load(session, env, path, &toxics)
        })
    };
    let stream = |name: &str, toxics: Vec<Toxic>| {
        Case::new(format!("http/{name}"), Who::Own, move |session, env| {
            endless(session, env, &toxics)
        })
    };
    vec![
        requests("forward", Who::Http, REAL, Vec::new()),
        requests("noop", Who::Servers, REAL, vec![noop(UP), noop(DOWN)]),
        requests("no-match", Who::Own, REAL, vec![never(0)]),
        requests(
            "no-match-10",
            Who::Own,
            REAL,
            (0..RULES).map(never).collect(),
        ),
        requests("respond", Who::HttpProxies, GIVEN, vec![respond]),
        stream("stream-noop", vec![noop(DOWN)]),
        stream("stream-no-match", vec![never(0)]),
    ]
}

fn load(session: &CommandContext, env: &Env, path: &str, toxics: &[Toxic]) -> Result<Metrics> {
    add(session, toxics)?;
    env.runtime.block_on(async {
        let clients = http::connect(session.address, path, CONNECTIONS).await?;
        let meter = session.meter()?;
        let start = Instant::now();
        let times = http::closed_loop(clients, start + env.seconds(3.0)).await?;
        let time = start.elapsed().as_secs_f64();
        let cpu = meter.seconds()?;
        Ok(summary(times, time, cpu))
    })
}

fn endless(session: &CommandContext, env: &Env, toxics: &[Toxic]) -> Result<Metrics> {
    add(session, toxics)?;
    let meter = session.meter()?;
    let start = Instant::now();
    let bytes = http::read_endless(session.address, start + env.seconds(3.0))? as f64;
    let time = start.elapsed().as_secs_f64();
    let cpu = meter.seconds()?;
    let mut metrics = vec![(STREAM, bytes / time / 1e9)];
    metrics.extend(cpu.map(|cpu| (STREAM_CPU, cpu * 1e9 / bytes)));
    Ok(metrics)
}

/// A proxy that answers by its configuration has no API.
fn add(session: &CommandContext, toxics: &[Toxic]) -> Result<()> {
    match session.api() {
        Ok(api) => toxics.iter().try_for_each(|toxic| api.add(toxic)),
        Err(_) => Ok(()),
    }
}
