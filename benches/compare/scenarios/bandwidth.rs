//! The accuracy of a bandwidth over two seconds, and how even the rate is in between.

use super::download::{Download, Whole};
use super::{Case, Env, Metrics, Who};
use crate::api::{DOWN, Toxic};
use crate::client::PATIENCE;
use crate::contestant::CommandContext;
use crate::fault::Result;
use crate::stats::busiest;

pub const ACHIEVED: &str = "achieved/asked";
/// The most bytes in any 20 ms over what the rate gives in 20 ms.
pub const BURST: &str = "burst in 20 ms";

/// Seconds.
const WINDOW: f64 = 0.020;

pub fn cases() -> Vec<Case> {
    let case = |(name, rate)| {
        let name = format!("bandwidth-accuracy/{name}");
        Case::new(name, Who::Servers, move |session, env| {
            run(session, env, rate)
        })
    };
    let rates = [
        ("10KB", 10),
        ("100KB", 100),
        ("1MB", 1000),
        ("10MB", 10_000),
        ("100MB", 100_000),
        ("1GB", 1_000_000),
    ];
    rates.into_iter().map(case).collect()
}

/// `rate` in KB/s, of 1000 bytes.
fn run(session: &CommandContext, env: &Env, rate: u64) -> Result<Metrics> {
    session.api()?.add(&Toxic::bandwidth(DOWN, rate))?;
    let download = Download::run(
        session,
        rate,
        Whole::Time(env.seconds(2.0)),
        2 * PATIENCE + env.seconds(2.0),
    )?;
    let asked = rate as f64 * 1000.0;
    let burst = busiest(&download.arrivals, WINDOW) as f64 / (asked * WINDOW);
    Ok(vec![(ACHIEVED, download.rate()? / asked), (BURST, burst)])
}
