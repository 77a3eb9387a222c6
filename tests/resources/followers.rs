//! Many followers of events during heavy activity.
//!
//! `HOSTILE=full` runs it for ten seconds and checks the API's latency target at the 99th percentile,
//! which a debug build on a busy machine cannot meet. Otherwise half of the calls must be quick: followers
//! that occupied the API's thread would delay all of them, and a machine that is busy with something else
//! delays some.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::api::allow_descriptors;
use support::rig::create;
use support::{Server, is_full_size, upstream};

const FOLLOWERS: usize = 256;

/// Connects and closes as fast as it can. Returns how often.
fn churn(address: &str, stop: &AtomicBool, count: &AtomicU64) {
    while !stop.load(Ordering::Relaxed) {
        let mut client = TcpStream::connect(address).unwrap();
        let _ = client.write_all(b"x");
        let _ = client.read(&mut [0]);
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// The latencies of API calls in ascending order.
fn calls(server: &Server, time: Duration) -> Vec<Duration> {
    let start = Instant::now();
    let mut taken = Vec::new();
    while start.elapsed() < time {
        let asked = Instant::now();
        assert_eq!(server.api("GET", "/version", "").status, 200);
        taken.push(asked.elapsed());
        thread::sleep(Duration::from_millis(5));
    }
    taken.sort();
    taken
}

#[test]
fn followers_of_many_events_do_not_delay_api_calls() {
    allow_descriptors();
    let full = is_full_size();
    let (time, percent, limit) = match full {
        true => (Duration::from_secs(10), 99, Duration::from_millis(50)),
        false => (Duration::from_secs(3), 50, Duration::from_millis(400)),
    };
    let server = Server::start(&[]);
    let echo = upstream::echo();
    let address = create(&server, "p", &echo.addr());
    let mut followers: Vec<TcpStream> = (0..FOLLOWERS)
        .map(|_| {
            let mut follower = TcpStream::connect(server.api_addr()).unwrap();
            let request = b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n";
            follower.write_all(request).unwrap();
            let mut head = [0; 15];
            follower.read_exact(&mut head).unwrap();
            assert!(head.starts_with(b"HTTP/1.1 200 OK"), "{head:?}");
            follower
        })
        .collect();
    // Half of them read.
    let reading = followers.split_off(FOLLOWERS / 2);
    let (stop, count, read) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let taken = thread::scope(|scope| {
        for follower in &reading {
            follower.set_nonblocking(true).unwrap();
        }
        scope.spawn(|| {
            let mut buffer = vec![0; 256 << 10];
            while !stop.load(Ordering::Relaxed) {
                for mut follower in &reading {
                    let size = follower.read(&mut buffer).unwrap_or(0);
                    read.fetch_add(size as u64, Ordering::Relaxed);
                }
                thread::sleep(Duration::from_millis(5));
            }
        });
        for _ in 0..4 {
            scope.spawn(|| churn(&address, &stop, &count));
        }
        let taken = calls(&server, time);
        stop.store(true, Ordering::Relaxed);
        taken
    });
    let (count, read) = (count.into_inner(), read.into_inner() >> 20);
    let late = taken[taken.len() * percent / 100];
    eprintln!(
        "{count} connections, {read} MiB of events, p{percent} {late:?}, max {:?}",
        taken[taken.len() - 1]
    );
    assert!(
        count > 100 && read > 0,
        "{count} connections, {read} MiB of events"
    );
    assert!(
        late < limit,
        "p{percent} {late:?} of {} calls, {count} connections",
        taken.len()
    );
}
