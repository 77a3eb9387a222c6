//! How to see what a toxic does to bytes without sockets and without waiting.
//!
//! `cargo run --example virtual_time` shows it; `cargo test --example virtual_time` runs the tests below. An hour of
//! traffic takes a moment, and every result is exact and the same each time.

#![allow(clippy::print_stdout)] // It is a program to look at.

use std::time::Duration;

use aconite::faults::{IntoFault, Latency, Slicer};
use aconite::{Error, Simulation};

const SECOND: Duration = Duration::from_secs(1);

/// When each of `count` messages arrives that are sent one second apart.
fn arrivals(fault: impl IntoFault, count: u32) -> Result<Vec<Duration>, Error> {
    let mut link = Simulation::of_fault(fault)?;
    for _ in 0..count {
        link.send("message").advance(SECOND);
    }
    link.advance(3600 * SECOND);
    Ok(link.received().into_iter().map(|(at, _)| at).collect())
}

fn main() -> Result<(), Error> {
    let jittered = || Latency::new(SECOND / 10).jitter(SECOND / 20).seed(42);
    println!("100 ms ± 50 ms, seed 42: {:?}", arrivals(jittered(), 4)?);
    println!("the same once more:      {:?}", arrivals(jittered(), 4)?);

    let mut link = Simulation::of_fault(Slicer::new(4))?;
    link.send("in small pieces");
    println!("sliced: {} pieces", link.received().len());
    Ok(())
}

#[test]
fn the_same_seed_gives_the_same_delays() -> Result<(), Error> {
    let jittered = |seed| Latency::new(SECOND / 10).jitter(SECOND / 20).seed(seed);
    let hour = arrivals(jittered(42), 3600)?;
    assert_eq!(hour, arrivals(jittered(42), 3600)?);
    assert_ne!(hour, arrivals(jittered(43), 3600)?);
    for (index, at) in (0..).zip(hour) {
        let delay = at - index * SECOND;
        assert!(
            (SECOND / 20..=SECOND * 3 / 20).contains(&delay),
            "{delay:?}"
        );
    }
    Ok(())
}

#[test]
fn a_rate_is_exact_over_an_hour() -> Result<(), Error> {
    let mut link = Simulation::of_fault(aconite::faults::Bandwidth::kilobytes_per_second(1))?;
    for _ in 0..3600 {
        link.send([0; 1000]).advance(SECOND);
    }
    link.advance(SECOND);
    let received = link.received();
    let bytes = received.iter().map(|(_, what)| match what {
        aconite::Received::Bytes(bytes) => bytes.len(),
        _ => 0,
    });
    assert_eq!(bytes.sum::<usize>(), 3_600_000);
    Ok(())
}

#[test]
fn a_timeout_closes_when_it_says() -> Result<(), Error> {
    let mut link = Simulation::of_fault(aconite::faults::Timeout::closing_after(5 * SECOND))?;
    link.send("lost").advance(60 * SECOND);
    let closed = link.received();
    assert_eq!(closed.len(), 1, "{closed:?}");
    assert_eq!(closed[0].0, 5 * SECOND);
    Ok(())
}
