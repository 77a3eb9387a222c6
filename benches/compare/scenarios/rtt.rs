//! 64 bytes back and forth on one connection: µs, and the proxy's CPU µs per trip.
//!
//! `free` leaves everything to the scheduler. `pinned` keeps client and upstream on one CPU and
//! the proxy on another.

use std::time::{Duration, Instant};

use super::{Case, Env, Metrics, Who};
use crate::client::{employ, trip};
use crate::contestant::CommandContext;
use crate::fault::Result;
use crate::jobs::Work;
use crate::stats::{quantile, sorted};

pub const P50: &str = "p50 µs";
pub const P99: &str = "p99 µs";
pub const CPU: &str = "CPU µs/trip";

/// Warm-up trips, which are not counted.
const WARM_UP: usize = 100;

pub fn cases() -> Vec<Case> {
    vec![
        Case::new("rtt/free", Who::All, run),
        Case::new("rtt/pinned", Who::All, |session, env| {
            let _pins = session.pin_apart()?;
            run(session, env)
        }),
    ]
}

fn run(session: &CommandContext, env: &Env) -> Result<Metrics> {
    let (mut stream, _job) = employ(
        session.address,
        Work::Answer {
            after: Duration::ZERO,
        },
    )?;
    let mut once = || trip(&mut stream, &[7; 64], &mut [0; 64]);
    for _ in 0..WARM_UP {
        once()?;
    }
    let meter = session.meter()?;
    let end = Instant::now() + env.seconds(2.0);
    let mut times = Vec::new();
    while Instant::now() < end {
        times.push(once()?.as_secs_f64() * 1e6);
    }
    let (cpu, times) = (meter.seconds()?, sorted(times));
    let mut metrics = vec![(P50, quantile(&times, 0.5)), (P99, quantile(&times, 0.99))];
    metrics.extend(cpu.map(|cpu| (CPU, cpu * 1e6 / times.len() as f64)));
    Ok(metrics)
}
