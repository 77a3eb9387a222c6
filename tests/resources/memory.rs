//! An upstream that accepts and never reads: data from the clients is buffered up to a bound.

use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use socket2::SockRef;

use support::Kind;
use support::process::Usage;
use support::rig::{PATIENCE, Peer, Rig};

/// More than any bound, so that a server without one is detected.
const FLOOD: usize = 192 * 1024 * 1024;
/// The default limit of buffered data in one direction of a connection, in KiB.
const LINK_LIMIT: u64 = 128 * 1024;

/// Clients that send until nothing more is accepted, and how much the server's memory has grown, in
/// KiB.
fn flood(clients: usize, toxic: Option<serde_json::Value>) -> u64 {
    let rig = Rig::new(Kind::Manual);
    if let Some(toxic) = toxic {
        rig.add(&toxic);
    }
    let before = Usage::of(rig.server.pid()).unwrap().memory;
    let pairs: Vec<(Peer, TcpStream)> = (0..clients)
        .map(|_| {
            let client = rig.connect();
            SockRef::from(&client.0)
                .set_send_buffer_size(256 * 1024)
                .unwrap();
            (client, rig.upstream.accept(PATIENCE).unwrap())
        })
        .collect();
    let piece = vec![7; FLOOD];
    let mut grown = 0;
    thread::scope(|scope| {
        let senders: Vec<_> = pairs
            .iter()
            .map(|(client, _)| scope.spawn(|| client.stuff(&piece)))
            .collect();
        while senders.iter().any(|sender| !sender.is_finished()) {
            let asked = Instant::now();
            assert_eq!(rig.server.api("GET", "/proxies", "").status, 200);
            assert!(
                asked.elapsed() < Duration::from_secs(3),
                "{:?}",
                asked.elapsed()
            );
            let memory = Usage::of(rig.server.pid()).unwrap().memory;
            grown = grown.max(memory.saturating_sub(before));
            thread::sleep(Duration::from_millis(20));
        }
        for sender in senders {
            assert!(sender.join().unwrap() < FLOOD, "it takes whatever comes");
        }
    });
    grown
}

#[test]
fn without_toxics_an_unread_upload_takes_little_memory() {
    let grown = flood(30, None);
    assert!(grown < 16 * 1024, "{grown} KiB for 30 connections");
}

#[test]
fn latency_buffers_no_more_than_its_limit() {
    let latency = json!({"type": "latency", "stream": "upstream",
        "attributes": {"latency": 600_000}});
    let grown = flood(1, Some(latency));
    assert!(
        grown < LINK_LIMIT + LINK_LIMIT / 8 + 16 * 1024,
        "{grown} KiB for a connection"
    );
}

/// A stalled bandwidth toxic holds less than a megabyte.
#[test]
fn stalled_bandwidth_takes_little_memory() {
    let stall = json!({"type": "bandwidth", "stream": "upstream", "attributes": {"rate": 0}});
    let grown = flood(10, Some(stall));
    assert!(grown < 32 * 1024, "{grown} KiB for 10 connections");
}
