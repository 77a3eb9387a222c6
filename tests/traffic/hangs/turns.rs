//! A connection with much work lets the threads serve other connections.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use support::rig::{Peer, Rig, call, create};
use support::{Kind, Upstream};

/// What a whole round trip elsewhere may take at the median. Some 5 ms in a release build on two
/// free cores; without turns by work it took seconds.
const MEDIAN: Duration = Duration::from_millis(500);

#[test]
fn slices_of_one_byte_before_999_toxics_delay_no_other_proxy() {
    let rig = Rig::new(Kind::Source(64 * 1024 * 1024));
    let echo = Upstream::start(Kind::Echo);
    let other = create(&rig.server, "q", &echo.addr());
    let slicer = json!({"type": "slicer", "name": "s",
        "attributes": {"average_size": 1, "size_variation": 0}});
    let latency = |n| json!({"type": "latency", "name": format!("l{n}")});
    let toxics: Vec<Value> = std::iter::once(slicer)
        .chain((1..1000).map(latency))
        .collect();
    for toxic in &toxics {
        rig.add(toxic);
    }
    let busy: Vec<Peer> = (0..8).map(|_| rig.connect()).collect();
    for peer in &busy {
        // Its bytes have gone all the way.
        assert_eq!(peer.read(1).len(), 1);
    }
    let peer = Peer::to(&other);
    let mut trips = Vec::new();
    for _ in 0..9 {
        let began = Instant::now();
        assert!(peer.echoes());
        trips.push(began.elapsed());
        thread::sleep(Duration::from_millis(20));
    }
    trips.sort();
    assert!(trips[trips.len() / 2] < MEDIAN, "{trips:?}");
    // They are busy still, and the API takes all of it away at once.
    assert_eq!(busy[0].read(1).len(), 1);
    let answer = call(&rig.server, "DELETE", "/proxies/p", &Value::Null);
    assert_eq!(answer.status, 204);
}
