//! What deleted proxies leave behind: bytes that were counted, in bounded memory.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::refusal::{state, taken};
use support::metrics::{Series, parse};
use support::rig::{PATIENCE, Peer, call};
use support::{Kind, Server, Upstream};

/// Deleted proxies whose counts are shown one by one.
const SHOWN: usize = 1000;
const USED: usize = SHOWN + 40;
const ROUND: usize = 104;

/// The counts of received bytes at `/metrics`, by proxy.
fn received(server: &Server) -> BTreeMap<String, u64> {
    let text = server.api("GET", "/metrics", "").text();
    let is_received = |series: &Series| series.name == "toxiproxy_proxy_received_bytes_total";
    let mut counts = BTreeMap::new();
    for series in parse(&text).into_iter().filter(is_received) {
        *counts.entry(series.labels["proxy"].clone()).or_default() += series.value as u64;
    }
    counts
}

/// Waits until so many bytes are counted in all.
fn await_sum(server: &Server, sum: u64) -> BTreeMap<String, u64> {
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let counts = received(server);
        if counts.values().sum::<u64>() == sum {
            return counts;
        }
        assert!(std::time::Instant::now() < deadline, "{sum}: {counts:?}");
    }
}

#[test]
fn counts_of_many_deleted_proxies_are_one_sum() {
    let echo = Upstream::start(Kind::Echo);
    let server = Server::start(&["-proxy-metrics"]);
    let mut used = 0;
    while used < USED {
        taken(&server, "/sessions", &json!({"name": "s", "ttl": "1m"}));
        let entry = |number| {
            json!({"name": format!("p{number:05}"), "listen": "127.0.0.1:0", "upstream": echo.addr(),
                "session": "s"})
        };
        let list: Value = (used..used + ROUND).map(entry).collect();
        taken(&server, "/populate", &list);
        for proxy in state(&server).as_object().expect("by name").values() {
            let client = Peer::to(proxy["listen"].as_str().expect("an address"));
            client.send(b"hello");
            assert_eq!(client.read(5), b"hello");
        }
        used += ROUND;
        // A byte is counted in both directions.
        await_sum(&server, 10 * used as u64);
        let ended = call(&server, "DELETE", "/sessions/s", &Value::Null);
        assert_eq!(ended.status, 204);
    }
    let counts = await_sum(&server, 10 * used as u64);
    assert_eq!(counts.len(), SHOWN + 1);
    assert_eq!(counts["(removed)"], 10 * (used - SHOWN) as u64);
    assert!(!counts.contains_key("p00000"), "the oldest are added up");
    assert_eq!(counts[&format!("p{:05}", used - 1)], 10);
}
