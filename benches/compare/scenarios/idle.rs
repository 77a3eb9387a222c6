//! Thousands of idle connections: resident KiB each, CPU, and whether they are still alive
//! afterwards.

use std::time::Duration;

use super::{Case, Env, Metrics, Who};
use crate::contestant::CommandContext;
use crate::crowd::{Far, open, trip};
use crate::fault::{About, Result};

pub const RETENTION: &str = "KiB/connection";
pub const CPU: &str = "idle CPU ms/s";

pub fn cases() -> Vec<Case> {
    vec![Case::new("idle/5000", Who::Proxies, |session, env| {
        env.runtime.block_on(run(session, env))
    })]
}

async fn run(session: &CommandContext, env: &Env) -> Result<Metrics> {
    // One-time setup is not counted.
    drop(open(session.address, Far::Echoes, 1, 1).await?);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let before = session.rest()?;
    let mut streams = open(session.address, Far::Echoes, env.idle, 50).await?;
    tokio::time::sleep(env.seconds(1.0)).await;
    let memory = session.memory()?.unwrap_or_default();
    let meter = session.meter()?;
    let time = env.seconds(3.0);
    tokio::time::sleep(time).await;
    let cpu = meter.seconds()?.unwrap_or_default();
    for stream in &mut streams {
        trip(stream, &[1], &mut [0])
            .await
            .about("after it was idle")?;
        // 5,000 ports in TIME_WAIT would be missing in the next round.
        stream.set_zero_linger()?;
    }
    Ok(vec![
        (
            RETENTION,
            memory.resident.saturating_sub(before) as f64 / env.idle as f64,
        ),
        ("threads", memory.threads as f64),
        (CPU, cpu * 1e3 / time.as_secs_f64()),
    ])
}
