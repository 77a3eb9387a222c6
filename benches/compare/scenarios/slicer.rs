//! 4 MiB in slices of 64 ± 32 bytes, to the end of the stream: time, CPU, and what is left of the
//! slices where they arrive.

use std::time::{Duration, Instant};

use super::download::{Download, Whole};
use super::{Case, Env, Metrics, Who};
use crate::api::{DOWN, Toxic};
use crate::client::PATIENCE;
use crate::contestant::CommandContext;
use crate::fault::Result;

pub const TIME: &str = "ms";
pub const CPU: &str = "CPU ms";
/// The mean. The receiver's kernel joins what it did not read in time.
pub const PIECE: &str = "bytes/read";

const LENGTH: u64 = 4 << 20;

pub fn cases() -> Vec<Case> {
    vec![Case::new("slicer/4MiB", Who::ServersAndDirect, run)]
}

fn run(session: &CommandContext, _: &Env) -> Result<Metrics> {
    if let Ok(api) = session.api() {
        api.add(&Toxic::slicer(DOWN, 64, 32))?;
    }
    let meter = session.meter()?;
    let start = Instant::now();
    let download = Download::run(session, 23, Whole::Bytes(LENGTH), 4 * PATIENCE)?;
    let time: Duration = start.elapsed();
    let mut metrics = vec![(TIME, time.as_secs_f64() * 1e3)];
    metrics.extend(meter.seconds()?.map(|cpu| (CPU, cpu * 1e3)));
    metrics.push((PIECE, LENGTH as f64 / download.arrivals.len() as f64));
    Ok(metrics)
}
