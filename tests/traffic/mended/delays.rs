//! Delayed bytes: kept when a toxic is removed, delayed by each stage in turn, bounded in number.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use socket2::SockRef;

use support::rig::Rig;
use support::{Kind, upstream::pattern};

/// More than the sockets on the way can hold.
const FLOOD: usize = 251 * 100_000;

/// Toxiproxy lets the removal wait, and where it does not, drops what cannot be written in
/// five seconds.
#[test]
fn mend_08_nothing_is_lost_when_a_toxic_goes_while_the_peer_is_slow() {
    let flood = pattern(0, 251).repeat(FLOOD / 251);
    let rig = Rig::new(Kind::Banner(flood.clone()));
    for (kind, attributes) in [
        (
            "slicer",
            json!({"average_size": 9000, "size_variation": 900}),
        ),
        ("latency", json!({"latency": 30})),
        ("bandwidth", json!({"rate": 300_000})),
    ] {
        rig.add(&json!({"type": kind, "name": "it", "attributes": attributes}));
        let client = rig.connect();
        SockRef::from(&client.0)
            .set_recv_buffer_size(256 * 1024)
            .unwrap();
        assert!(client.read(5) == flood[..5], "{kind}");
        thread::sleep(Duration::from_millis(400));
        rig.toxic("DELETE", "it", &Value::Null);
        assert!(client.read(FLOOD - 5) == flood[5..], "{kind}");
    }
}

/// How long `bytes` bytes take through these toxics and back.
fn round_trip(toxics: &[Value], bytes: u64) -> Duration {
    let rig = Rig::new(Kind::Echo);
    for toxic in toxics {
        rig.add(toxic);
    }
    let (client, sent) = (rig.connect(), pattern(0, bytes));
    let start = Instant::now();
    client.send(&sent);
    assert_eq!(client.read(sent.len()), sent);
    start.elapsed()
}

/// Toxiproxy measures all delays from the first read: 400 ms each.
#[test]
fn mend_09_delays_of_a_chain_add_up() {
    let latency = json!({"type": "latency", "attributes": {"latency": 400}});
    let slow = json!({"type": "bandwidth", "attributes": {"rate": 1}});
    let took = round_trip(&[slow, latency.clone()], 300);
    assert!(
        took >= Duration::from_millis(690),
        "300 ms and 400 ms make {took:?}"
    );
    // At least ten slices, and nine pauses between them.
    let slices = json!({"type": "slicer", "attributes": {"average_size": 10, "delay": 30_000}});
    let took = round_trip(&[slices, latency], 100);
    assert!(
        took >= Duration::from_millis(660),
        "270 ms and 400 ms make {took:?}"
    );
}

/// Toxiproxy lets go what the last toxic holds when another is put behind it.
#[test]
fn mend_09_a_change_releases_nothing_that_its_neighbours_hold() {
    let rig = Rig::new(Kind::Echo);
    rig.add(&json!({"type": "latency", "attributes": {"latency": 800}}));
    let client = rig.connect();
    let start = Instant::now();
    client.send(b"x");
    for round in 0..3 {
        thread::sleep(Duration::from_millis(50));
        rig.add(&json!({"type": "noop"}));
        rig.toxic(
            "PATCH",
            "noop_downstream",
            &json!({"toxicity": 0.1 * f64::from(round)}),
        );
        rig.toxic("DELETE", "noop_downstream", &Value::Null);
    }
    assert_eq!(client.read(1), b"x");
    assert!(
        start.elapsed() >= Duration::from_millis(790),
        "{:?}",
        start.elapsed()
    );
}

/// Toxiproxy counts chunks, 1024 of them: of so many small messages the later ones wait in
/// the socket, where no delay runs yet, and come a second late.
#[test]
fn mend_10_many_small_messages_are_not_held_up() {
    const LATENCY: Duration = Duration::from_millis(1500);
    let rig = Rig::new(Kind::Echo);
    rig.add(&json!({"type": "latency", "stream": "upstream", "attributes": {"latency": 1500}}));
    let client = rig.connect();
    for _ in 0..3000 {
        client.send(b"x");
        thread::sleep(Duration::from_micros(50));
    }
    let last = Instant::now();
    client.read(3000);
    let took = last.elapsed();
    assert!(
        took < LATENCY + Duration::from_millis(500),
        "{took:?} for the last one"
    );
}

/// What a link may hold and the sockets' buffers are all that a latency takes. Toxiproxy has
/// another bound, 1024 chunks of 32 KiB, and no flag for it.
#[test]
fn mend_10_a_latency_holds_so_many_bytes_and_no_more() {
    const MIB: usize = 1024 * 1024;
    let rig = Rig::with_args(Kind::Sink, &["-link-buffer", "32MiB"]);
    rig.add(&json!({"type": "latency", "stream": "upstream", "attributes": {"latency": 60_000}}));
    let taken = rig.connect().stuff(&vec![7; 80 * MIB]);
    assert!(
        (16 * MIB..56 * MIB).contains(&taken),
        "{taken} bytes were taken"
    );
}
