//! One stream at full speed through 100 ms: how much gets through, and what it costs to keep what
//! is on its way.

use super::download::{Download, Whole};
use super::throughput::{CPU, RATE};
use super::{Case, Env, Metrics, Who};
use crate::api::{DOWN, Toxic};
use crate::client::PATIENCE;
use crate::contestant::CommandContext;
use crate::fault::Result;

pub const GROWTH: &str = "peak growth MiB";

pub fn cases() -> Vec<Case> {
    vec![Case::new(
        "latency-throughput/100ms",
        Who::ServersAndDirect,
        run,
    )]
}

fn run(session: &CommandContext, env: &Env) -> Result<Metrics> {
    if let Ok(api) = session.api() {
        api.add(&Toxic::latency(DOWN, 100, 0))?;
    }
    let before = session.rest()?;
    let meter = session.meter()?;
    let time = env.seconds(4.0);
    let download = Download::run(session, 11, Whole::Time(time), time + PATIENCE)?;
    let cpu = meter.seconds()?;
    let first = download
        .arrivals
        .first()
        .map_or(f64::NAN, |first| first.0 * 1e3);
    let mut metrics = vec![(RATE, download.rate()? / 1e9), ("first byte ms", first)];
    metrics.extend(cpu.map(|cpu| (CPU, cpu * 1e9 / download.bytes as f64)));
    let growth = |peak: u64| peak.saturating_sub(before) as f64 / 1024.0;
    metrics.extend(
        session
            .memory()?
            .map(|memory| (GROWTH, growth(memory.peak))),
    );
    Ok(metrics)
}
