//! Many connections in one thread with an event loop.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::client::PATIENCE;
use crate::fault::{About, Result, fault};
use crate::jobs::{DRAIN, ECHO};

/// What the upstream does on a connection.
#[derive(Clone, Copy, Debug)]
pub enum Far {
    Echoes,
    Drains,
}

/// Opens `count` connections, at most `at_once` of them concurrently. Each echoing one has already
/// echoed.
pub async fn open(
    to: SocketAddr,
    far: Far,
    count: usize,
    at_once: usize,
) -> Result<Vec<TcpStream>> {
    let mut streams = Vec::with_capacity(count);
    let mut opening = JoinSet::new();
    for number in 0..count + at_once {
        if number < count {
            opening.spawn(async move {
                let opened = timeout(PATIENCE, open_one(to, far)).await;
                opened.unwrap_or_else(|_| Err(fault(format!("nothing in {PATIENCE:?}"))))
            });
        }
        if number >= at_once
            && let Some(opened) = opening.join_next().await
        {
            let made = streams.len();
            streams.push(opened?.about(format_args!("connection {}", made + 1))?);
        }
    }
    Ok(streams)
}

async fn open_one(to: SocketAddr, far: Far) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    match far {
        Far::Echoes => drop(echoed(&mut stream, &[ECHO], &mut [0]).await?),
        Far::Drains => stream.write_u8(DRAIN).await?,
    }
    Ok(stream)
}

/// A round trip that takes at most [`PATIENCE`]. `room` is as long as the message.
pub async fn trip(stream: &mut TcpStream, message: &[u8], room: &mut [u8]) -> Result<Duration> {
    match timeout(PATIENCE, echoed(stream, message, room)).await {
        Ok(time) => time,
        Err(_) => Err(fault(format!("no echo in {PATIENCE:?}"))),
    }
}

async fn echoed(stream: &mut TcpStream, message: &[u8], room: &mut [u8]) -> Result<Duration> {
    let start = Instant::now();
    stream.write_all(message).await.about("ping")?;
    stream.read_exact(room).await.about("pong")?;
    let time = start.elapsed();
    if room != message {
        return Err(fault("the echo is not what was sent"));
    }
    Ok(time)
}

/// How long each connection runs.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    Time(Instant),
    Trips(u64),
}

/// Round trips of 64 bytes on all of `streams` concurrently, one after the other on each. Returns
/// the duration of each trip, in nanoseconds.
pub async fn closed_loop(streams: Vec<TcpStream>, until: Until) -> Result<Vec<f64>> {
    let mut tasks = JoinSet::new();
    for mut stream in streams {
        tasks.spawn(async move {
            let (mut times, mut room) = (Vec::new(), [0; 64]);
            loop {
                let over = match until {
                    Until::Time(end) => Instant::now() >= end,
                    Until::Trips(count) => times.len() as u64 >= count,
                };
                if over {
                    return Ok(times);
                }
                let time = trip(&mut stream, &[9; 64], &mut room).await?;
                times.push(time.as_nanos() as f64);
            }
        });
    }
    let mut all = Vec::new();
    while let Some(done) = tasks.join_next().await {
        let times: Result<Vec<f64>> = done?;
        all.extend(times?);
    }
    Ok(all)
}
