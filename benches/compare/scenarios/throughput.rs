//! One and eight streams at full speed, down and up: GB/s and the proxy's CPU seconds a GB.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use super::{Case, Env, Metrics, Who};
use crate::client::{PATIENCE, employ, explain};
use crate::contestant::CommandContext;
use crate::fault::{Result, fault};
use crate::jobs::Work;
use crate::payload::{BUFFER, payload};

/// GB (1e9 bytes) a second, of all streams.
pub const RATE: &str = "GB/s";
pub const CPU: &str = "CPU s/GB";

pub fn cases() -> Vec<Case> {
    let case = |name: &str, upload, streams| {
        Case::new(
            format!("throughput/{name}"),
            Who::All,
            move |session, env| run(session, env, upload, streams),
        )
    };
    vec![
        case("down-1", false, 1),
        case("up-1", true, 1),
        case("down-8", false, 8),
        case("up-8", true, 8),
    ]
}

fn run(session: &CommandContext, env: &Env, upload: bool, streams: usize) -> Result<Metrics> {
    let (address, time) = (session.address, env.seconds(3.0));
    let meter = session.meter()?;
    let start = Instant::now();
    let one = move || {
        if upload {
            push(address, time)
        } else {
            pull(address, time)
        }
    };
    let threads: Vec<_> = (0..streams).map(|_| thread::spawn(one)).collect();
    let mut bytes = 0;
    for thread in threads {
        bytes += thread.join().map_err(|_| fault("a client thread died"))??;
    }
    let gigabytes = bytes as f64 / 1e9;
    let mut metrics = vec![(RATE, gigabytes / start.elapsed().as_secs_f64())];
    metrics.extend(meter.seconds()?.map(|cpu| (CPU, cpu / gigabytes)));
    Ok(metrics)
}

/// Reads for `time` and to the end. Returns the bytes, all that were sent.
fn pull(address: SocketAddr, time: Duration) -> Result<u64> {
    let (mut stream, job) = employ(
        address,
        Work::Send {
            start: 0,
            length: None,
            time,
        },
    )?;
    let end = Instant::now() + time + 2 * PATIENCE;
    let (mut buffer, mut got) = (vec![0; BUFFER], 0);
    while Instant::now() < end {
        match stream
            .read(&mut buffer)
            .map_err(|error| explain(&error, "download"))?
        {
            0 => return complete(got, job.wait(PATIENCE)?),
            count => got += count as u64,
        }
    }
    Err(fault("the download does not end"))
}

/// Writes for `time`. Returns the bytes that arrived, all that were sent.
fn push(address: SocketAddr, time: Duration) -> Result<u64> {
    let (mut stream, job) = employ(address, Work::Take)?;
    let start = Instant::now();
    let mut sent = 0;
    while start.elapsed() < time {
        sent += stream
            .write(payload(sent, BUFFER))
            .map_err(|error| explain(&error, "upload"))? as u64;
    }
    drop(stream);
    complete(job.wait(2 * PATIENCE)?, sent)
}

fn complete(got: u64, sent: u64) -> Result<u64> {
    if got != sent {
        return Err(fault(format!("{got} of {sent} bytes arrived")));
    }
    Ok(got)
}
