//! Connect, echo a byte, close; four concurrent clients. Connections per second, and the proxy's
//! CPU µs per connection.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use super::{Case, Env, Metrics, Who};
use crate::client::touch;
use crate::contestant::CommandContext;
use crate::fault::{Fault, Result, fault};

pub const RATE: &str = "connections/s";
pub const CPU: &str = "CPU µs/connection";

/// Clients, a thread each.
const CLIENTS: u8 = 4;

pub fn cases() -> Vec<Case> {
    vec![Case::new("connrate/4", Who::All, run)]
}

fn run(session: &CommandContext, env: &Env) -> Result<Metrics> {
    let address = session.address;
    let meter = session.meter()?;
    let start = Instant::now();
    let end = start + env.seconds(3.0);
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| thread::spawn(move || go_on(address, client, end)))
        .collect();
    let (mut good, mut bad, mut why) = (0.0, 0.0, None);
    for client in clients {
        let told = client.join().map_err(|_| fault("a client thread died"))?;
        good += f64::from(told.good);
        bad += f64::from(told.bad);
        why = why.or(told.why);
    }
    let time = start.elapsed().as_secs_f64();
    if good == 0.0 {
        return Err(why.unwrap_or_else(|| fault("not one connection")));
    }
    // The proxy's cleanup is part of the cost of connections.
    thread::sleep(Duration::from_millis(100));
    let mut metrics = vec![(RATE, good / time)];
    metrics.extend(meter.seconds()?.map(|cpu| (CPU, cpu * 1e6 / good)));
    metrics.push(("failures", bad));
    Ok(metrics)
}

#[derive(Default)]
struct Tally {
    good: u32,
    bad: u32,
    why: Option<Fault>,
}

fn go_on(to: SocketAddr, client: u8, end: Instant) -> Tally {
    let mut tally = Tally::default();
    while Instant::now() < end {
        match touch(Some(source(client)), to) {
            Ok(()) => tally.good += 1,
            Err(error) => {
                tally.bad += 1;
                tally.why = tally.why.or(Some(error));
                thread::sleep(Duration::from_millis(1));
            }
        }
    }
    tally
}

/// An address and port to connect from that none had before in this run: a port that was used
/// stays in TIME_WAIT for a minute, and one address has too few of them.
fn source(client: u8) -> (Ipv4Addr, u16) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    const PORTS: u32 = 60_000;
    let number = NEXT.fetch_add(1, SeqCst);
    // Another run has, most likely, other ports.
    let port = (number / 250 + std::process::id().wrapping_mul(7919)) % PORTS;
    (
        Ipv4Addr::new(127, 0, 10 + client, 1 + (number % 250) as u8),
        2000 + port as u16,
    )
}
