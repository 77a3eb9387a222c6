//! `--max-connections`: who comes when all places are taken waits, and is served when one is free.

use std::time::Duration;

use serde_json::{Value, json};

use support::Kind;
use support::rig::{PATIENCE, Peer, Rig, TOXICS, call, create};

/// Long enough for a connection to be passed on if it is going to be.
const A_WHILE: Duration = Duration::from_millis(300);

fn pair_of(rig: &Rig, client: Peer) -> (Peer, Peer) {
    (
        client,
        Peer(rig.upstream.accept(PATIENCE).expect("a place")),
    )
}

#[test]
fn one_too_many_waits_until_another_ends() {
    let rig = Rig::with_args(Kind::Manual, &["--max-connections", "2"]);
    let first = rig.pair();
    let second = rig.pair();
    let third = rig.connect();
    let fourth = rig.connect();
    third.send(b"third");
    fourth.send(b"fourth");
    assert!(rig.upstream.accept(A_WHILE).is_none(), "there was no place");
    // Those that are there are not disturbed.
    for (client, server) in [&first, &second] {
        client.send(b"x");
        assert_eq!(server.read(1), b"x");
    }
    drop(first);
    let third = pair_of(&rig, third);
    assert_eq!(third.1.read(5), b"third");
    assert!(rig.upstream.accept(A_WHILE).is_none(), "there was no place");
    second.0.abort();
    let fourth = pair_of(&rig, fourth);
    assert_eq!(fourth.1.read(6), b"fourth");
    fourth.1.send(b"back");
    assert_eq!(fourth.0.read(4), b"back");
}

/// Each change wakes the one who accepts.
#[test]
fn changes_of_toxics_make_no_place() {
    let rig = Rig::with_args(Kind::Manual, &["--max-connections", "1"]);
    let first = rig.pair();
    let second = rig.connect();
    for _ in 0..30 {
        rig.add(&json!({"type": "latency", "name": "l", "attributes": {"latency": 1}}));
        let answer = call(&rig.server, "DELETE", &format!("{TOXICS}/l"), &Value::Null);
        assert_eq!(answer.status, 204);
    }
    assert!(rig.upstream.accept(A_WHILE).is_none(), "there was no place");
    drop(first);
    pair_of(&rig, second);
}

#[test]
fn every_proxy_has_places_of_its_own() {
    let rig = Rig::with_args(Kind::Echo, &["--max-connections", "1"]);
    let other = create(&rig.server, "other", &rig.upstream.addr());
    let client = rig.connect();
    assert!(client.echoes());
    let elsewhere = Peer::to(&other);
    assert!(elsewhere.echoes());
    assert!(client.echoes());
}

#[test]
fn a_place_comes_back_whatever_ends_a_connection() {
    let rig = Rig::with_args(Kind::Refuse, &["--max-connections", "1"]);
    for _ in 0..10 {
        assert_eq!(rig.connect().read_to_end().0, b"", "a dial that fails");
    }
    let rig = Rig::with_args(Kind::Echo, &["--max-connections", "1"]);
    for _ in 0..10 {
        let client = rig.connect();
        assert!(client.echoes());
        client.abort();
    }
    rig.add(&json!({"type": "timeout", "attributes": {"timeout": 10}}));
    for _ in 0..10 {
        rig.connect().read_to_end();
    }
    rig.toxic("DELETE", "timeout_downstream", &Value::Null);
    let client = rig.connect();
    assert!(client.echoes());
    for enabled in [false, true] {
        let change = json!({"enabled": enabled});
        assert_eq!(
            call(&rig.server, "PATCH", "/proxies/p", &change).status,
            200
        );
    }
    client.read_to_end();
    assert!(rig.connect().echoes());
}
