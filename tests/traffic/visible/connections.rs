//! Live connections in the API: addresses, byte counts, buffered bytes; and ending one of them.

use std::net::SocketAddr;
use std::time::Instant;

use serde_json::{Value, json};

use support::Kind;
use support::hole::Hole;
use support::rig::{End, PATIENCE, Peer, Rig, call, create};

const CONNECTIONS: &str = "/proxies/p/connections";

fn get(rig: &Rig, path: &str) -> Value {
    let answer = call(&rig.server, "GET", path, &Value::Null);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

fn status(rig: &Rig, method: &str, path: &str) -> u16 {
    call(&rig.server, method, path, &Value::Null).status
}

/// One connection, once it is as it shall be.
fn once(rig: &Rig, id: u64, is: impl Fn(&Value) -> bool) -> Value {
    let start = Instant::now();
    loop {
        let shown = get(rig, &format!("{CONNECTIONS}/{id}"));
        if is(&shown) {
            return shown;
        }
        assert!(start.elapsed() < PATIENCE, "{shown}");
    }
}

/// All connections, once everything that was read has been sent on and is counted.
fn settled(rig: &Rig) -> Value {
    let start = Instant::now();
    loop {
        let shown = get(rig, CONNECTIONS);
        let mut bytes = shown["connections"].as_array().unwrap().iter();
        let even = |way: &Value| way["received"] == way["sent"];
        if bytes.all(|one| even(&one["bytes"]["upstream"]) && even(&one["bytes"]["downstream"])) {
            return shown;
        }
        assert!(start.elapsed() < PATIENCE, "{shown}");
    }
}

/// Pairs in the order of their acceptance.
fn pairs(rig: &Rig, count: usize) -> Vec<(Peer, Peer)> {
    (0..count).map(|_| rig.pair()).collect()
}

fn address(peer: &Peer) -> String {
    let address: SocketAddr = peer.0.local_addr().unwrap();
    address.to_string()
}

#[test]
fn connection_list_shows_bytes_and_toxics_of_each() {
    let rig = Rig::new(Kind::Manual);
    rig.add(&json!({"name": "slow", "type": "latency", "attributes": {"latency": 1}, "match": {"connections": "1-10"}}));
    let pairs = pairs(&rig, 20);
    for (number, (client, upstream)) in (1_usize..).zip(&pairs) {
        client.send(&vec![1; 100 * number]);
        upstream.read(100 * number);
        upstream.send(&vec![2; 10 * number]);
        client.read(10 * number);
    }
    let shown = settled(&rig);
    assert_eq!(
        (&shown["proxy"], &shown["accepted"], &shown["open"]),
        (&json!("p"), &json!(20), &json!(20))
    );
    let listed = shown["connections"].as_array().unwrap();
    assert_eq!(listed.len(), 20);
    for ((id, one), (client, _)) in (1_u64..).zip(listed).zip(&pairs) {
        assert_eq!(
            (&one["id"], &one["client"]),
            (&json!(id), &json!(address(client)))
        );
        assert_eq!(one["upstream"], rig.upstream.addr());
        let moved = |count: u64| json!({"received": count, "sent": count});
        assert_eq!(
            one["bytes"],
            json!({"upstream": moved(100 * id), "downstream": moved(10 * id)}),
            "{one}"
        );
        assert_eq!(one["queued"], json!({"upstream": 0, "downstream": 0}));
        let (slow, meets) = (&one["toxics"][0], id <= 10);
        assert_eq!(
            (&slow["applies"], &slow["matches"]),
            (&json!(meets), &json!(meets))
        );
        let bytes = if meets { 10 * id } else { 0 };
        assert_eq!(slow["hits"]["bytes"], bytes, "{one}");
        assert_eq!(slow["hits"]["connections"], u64::from(meets));
    }
    let page = get(&rig, &format!("{CONNECTIONS}?after=5&limit=3"));
    let ids: Vec<u64> = page["connections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, [6, 7, 8]);
    for query in ["limit=0", "limit=many", "after=-1", "limit=10001"] {
        assert_eq!(
            status(&rig, "GET", &format!("{CONNECTIONS}?{query}")),
            400,
            "{query}"
        );
    }
}

#[test]
fn connection_shows_its_buffered_bytes() {
    let rig = Rig::new(Kind::Manual);
    let (client, upstream) = rig.pair();
    rig.add(&json!({"type": "bandwidth", "stream": "upstream", "attributes": {"rate": 0}}));
    client.send(&[7; 10_000]);
    let waits = |shown: &Value| shown["queued"]["upstream"].as_u64() >= Some(10_000);
    let stalled = once(&rig, 1, waits);
    assert_eq!(stalled["bytes"]["upstream"]["received"], 10_000);
    assert_eq!(
        (
            &stalled["bytes"]["upstream"]["sent"],
            &stalled["queued"]["downstream"]
        ),
        (&json!(0), &json!(0))
    );
    let hits = &stalled["toxics"][0]["hits"];
    assert_eq!(
        (&hits["bytes"], &hits["delayed"]),
        (&json!(10_000), &json!(0))
    );
    rig.toxic("DELETE", "bandwidth_upstream", &Value::Null);
    assert_eq!(upstream.read(10_000), [7; 10_000]);
    once(&rig, 1, |shown| {
        shown["queued"]["upstream"] == 0 && shown["bytes"]["upstream"]["sent"] == 10_000
    });
}

#[test]
fn ending_a_connection_ends_no_other() {
    for (how, end) in [
        ("?how=fin", End::Eof),
        ("?how=rst", End::Reset),
        ("", End::Eof),
    ] {
        let rig = Rig::new(Kind::Manual);
        let mut pairs = pairs(&rig, 3);
        // What waits inside is given up, and holds up nothing.
        rig.add(&json!({"type": "latency", "stream": "upstream", "attributes": {"latency": 60_000}, "match": {"connections": 2}}));
        let (client, upstream) = pairs.remove(1);
        client.send(b"never seen");
        once(&rig, 2, |shown| shown["queued"]["upstream"] != 0);
        assert_eq!(
            status(&rig, "DELETE", &format!("{CONNECTIONS}/2{how}")),
            204
        );
        assert_eq!(client.read_to_end(), (Vec::new(), end), "{how}");
        assert_eq!(upstream.read_to_end(), (Vec::new(), end), "{how}");
        let gone = once(&rig, 2, |shown| shown["state"] == "closed");
        assert_eq!(
            (&gone["client"], &gone["upstream"], &gone["age_ms"]),
            (&json!(null), &json!(null), &json!(null))
        );
        assert_eq!(
            status(&rig, "DELETE", &format!("{CONNECTIONS}/2{how}")),
            404
        );
        for (client, upstream) in &pairs {
            client.send(b"still");
            assert_eq!(upstream.read(5), b"still");
            upstream.send(b"here");
            assert_eq!(client.read(4), b"here");
        }
        let ids: Vec<Value> = get(&rig, CONNECTIONS)["connections"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].clone())
            .collect();
        assert_eq!(ids, [1, 3]);
    }
}

#[test]
fn connections_that_cannot_be_ended_return_400_or_404() {
    let rig = Rig::new(Kind::Manual);
    let (client, upstream) = rig.pair();
    for (path, expected) in [
        ("/proxies/p/connections/1?how=hard", 400),
        ("/proxies/p/connections/2", 404),
        ("/proxies/p/connections/0", 404),
        ("/proxies/p/connections/one", 404),
        ("/proxies/q/connections/1", 404),
    ] {
        assert_eq!(status(&rig, "DELETE", path), expected, "{path}");
    }
    client.send(b"unhurt");
    assert_eq!(upstream.read(6), b"unhurt");
    assert_eq!(status(&rig, "GET", "/proxies/q/connections"), 404);
    assert_eq!(status(&rig, "GET", "/proxies/p/connections/0"), 404);
}

#[test]
fn connection_that_is_dialling_is_listed_and_can_be_ended() {
    let (rig, hole) = (Rig::new(Kind::Manual), Hole::on_loopback());
    let address = create(&rig.server, "far", &hole.addr());
    for (id, how, end) in [(1, "fin", End::Eof), (2, "rst", End::Reset)] {
        let client = Peer::to(&address);
        let start = Instant::now();
        let path = format!("/proxies/far/connections/{id}");
        while get(&rig, &path)["state"] == "closed" {
            assert!(start.elapsed() < PATIENCE, "it is not accepted");
        }
        let shown = get(&rig, &path);
        assert_eq!(
            (&shown["state"], &shown["upstream"]),
            (&json!("dialing"), &json!(null))
        );
        assert_eq!(shown["client"], self::address(&client));
        assert_eq!(status(&rig, "DELETE", &format!("{path}?how={how}")), 204);
        assert_eq!(client.read_to_end(), (Vec::new(), end), "{how}");
    }
}
