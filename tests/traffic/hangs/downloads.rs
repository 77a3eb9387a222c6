//! Downloads that are reset while a latency comes and goes.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use support::rig::{End, Peer, Rig};
use support::{Kind, upstream, wire};

const CLIENTS: u64 = 50;
/// How often the latency comes and goes.
const ROUNDS: u64 = 60;

/// Downloads again and again, and resets each in the middle.
fn download(address: &str, client: u64, whole: &[u8], stop: &AtomicBool, resets: &AtomicU64) {
    let mut piece = vec![0; 64 * 1024];
    let mut chance = client;
    while !stop.load(Ordering::Relaxed) {
        chance = chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695);
        let most = (chance >> 33) as usize % whole.len();
        let deadline = Instant::now() + Duration::from_millis((chance >> 53) % 400);
        let peer = Peer::to(address);
        let mut received = 0;
        while received < most {
            match wire::read_by(&peer.0, &mut piece, deadline) {
                Ok(0) | Err(_) => break,
                Ok(count) => {
                    let expected = &whole[received..received + count];
                    assert!(piece[..count] == *expected, "other bytes after {received}");
                    received += count;
                }
            }
        }
        peer.abort();
        resets.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn fifty_downloads_are_reset_while_latency_comes_and_goes() {
    let whole = upstream::pattern(0, 1_000_000);
    let rig = Rig::new(Kind::Banner(whole.clone()));
    let address = rig.server.api("GET", "/proxies/p", "").json()["listen"].clone();
    let address = address.as_str().unwrap();
    let (stop, resets) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (whole, stop, resets) = (&whole, &stop, &resets);
            scope.spawn(move || download(address, client, whole, stop, resets));
        }
        for round in 0..ROUNDS {
            rig.add(&json!({"type": "latency", "name": "l", "attributes": {"latency": 1000}}));
            thread::sleep(Duration::from_millis(round * 7 % 40));
            rig.toxic("DELETE", "l", &Value::Null);
            thread::sleep(Duration::from_millis(round % 7));
        }
        stop.store(true, Ordering::Relaxed);
    });
    let resets = resets.load(Ordering::Relaxed);
    assert!(resets > CLIENTS, "{resets} resets");
    let client = rig.connect();
    assert!(client.read(whole.len()) == whole, "other bytes");
    client.shut_write();
    assert_eq!(client.read_to_end(), (vec![], End::Eof));
}
