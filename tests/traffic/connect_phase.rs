//! Toxics of the phase `connect` over real sockets: slow dials, silence and resets before the first
//! byte.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use support::Kind;
use support::rig::{End, PATIENCE, Peer, Rig, TOXICS, call};
use support::wire;

const CONNECTIONS: &str = "/proxies/p/connections";

fn get(rig: &Rig, path: &str) -> Value {
    let answer = call(&rig.server, "GET", path, &Value::Null);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

/// Waits until the proxy has this many connections.
fn await_open(rig: &Rig, count: u64) -> Value {
    let start = Instant::now();
    loop {
        let shown = get(rig, CONNECTIONS);
        if shown["open"] == count {
            return shown;
        }
        assert!(start.elapsed() < PATIENCE, "{shown}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn add(rig: &Rig, kind: &str, attributes: &Value) {
    rig.add(&json!({"name": "t", "type": kind, "phase": "connect", "attributes": attributes}));
}

fn hits(rig: &Rig) -> Value {
    get(rig, "/proxies/p/toxics/t/stats")["hits"].clone()
}

/// A connection, or `None` if it was reset before the client knew that it was connected.
fn connect(rig: &Rig) -> Option<Peer> {
    let listen = get(rig, "/proxies/p")["listen"].clone();
    match wire::connect(listen.as_str().unwrap(), PATIENCE) {
        Ok(stream) => Some(Peer(stream)),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
            None
        }
    }
}

/// Nothing has dialled the upstream.
fn assert_not_dialled(rig: &Rig) {
    let dialled = rig.upstream.accept(Duration::from_millis(50));
    assert!(dialled.is_none(), "{dialled:?}");
}

#[test]
fn latency_delays_the_dial_and_keeps_the_request() {
    let rig = Rig::new(Kind::Manual);
    add(&rig, "latency", &json!({"latency": 400}));
    let start = Instant::now();
    let client = rig.connect();
    client.send(b"request");
    client.shut_write();
    let shown = await_open(&rig, 1);
    assert_eq!(shown["connections"][0]["state"], "dialing");
    let upstream = Peer(rig.upstream.accept(PATIENCE).expect("the proxy dials"));
    assert!(start.elapsed() >= Duration::from_millis(400));
    assert_eq!(upstream.read_to_end(), (b"request".to_vec(), End::Eof));
    upstream.send(b"answer");
    assert_eq!(client.read(6), b"answer");
    let stats = get(&rig, "/proxies/p/toxics/t/stats");
    let counts = json!({"connections": 1, "bytes": 0, "delayed": 1, "closed": 0, "reset": 0});
    assert_eq!(stats["hits"], counts, "{stats}");
    assert_eq!(stats["delay_ms"]["asked"]["p50"], 400.0, "{stats}");
    let shown = get(&rig, &format!("{CONNECTIONS}/1"));
    assert_eq!(shown["toxics"][0]["hits"], counts, "{shown}");
}

#[test]
fn timeout_stays_silent_for_its_time_and_dials_nothing() {
    let rig = Rig::new(Kind::Manual);
    add(&rig, "timeout", &json!({"timeout": 300}));
    let start = Instant::now();
    let client = rig.connect();
    client.send(b"anybody there?");
    assert_eq!(client.read_to_end(), (Vec::new(), End::Eof));
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert_not_dialled(&rig);
    assert_eq!(hits(&rig)["closed"], 1);
}

#[test]
fn endless_silence_ends_with_the_client_the_connection_the_toxic_or_the_proxy() {
    let rig = Rig::new(Kind::Manual);
    add(&rig, "timeout", &json!({"timeout": 0}));
    let connect = || {
        let client = rig.connect();
        client.send(b"anybody there?");
        await_open(&rig, 1);
        client
    };
    drop(connect());
    await_open(&rig, 0);
    connect().abort();
    await_open(&rig, 0);
    let half_closed = connect();
    half_closed.shut_write();
    assert_eq!(half_closed.read_to_end(), (Vec::new(), End::Eof));
    for (number, how, end) in [(4, "fin", End::Eof), (5, "rst", End::Reset)] {
        let client = connect();
        let path = format!("{CONNECTIONS}/{number}?how={how}");
        assert_eq!(call(&rig.server, "DELETE", &path, &Value::Null).status, 204);
        assert_eq!(client.read_to_end(), (Vec::new(), end), "{how}");
        await_open(&rig, 0);
    }
    let client = connect();
    rig.toxic("DELETE", "t", &Value::Null);
    assert_eq!(client.read_to_end(), (Vec::new(), End::Eof));
    await_open(&rig, 0);
    add(&rig, "timeout", &json!({"timeout": 0}));
    let client = connect();
    call(
        &rig.server,
        "POST",
        "/proxies/p",
        &json!({"enabled": false}),
    );
    assert_eq!(client.read_to_end(), (Vec::new(), End::Eof));
    assert_not_dialled(&rig);
}

#[test]
fn reset_peer_resets_accepted_connections_without_a_dial() {
    let rig = Rig::new(Kind::Manual);
    for millis in [0, 200] {
        add(&rig, "reset_peer", &json!({"timeout": millis}));
        let start = Instant::now();
        if let Some(client) = connect(&rig) {
            assert_eq!(client.read_to_end(), (Vec::new(), End::Reset));
        }
        assert!(start.elapsed() >= Duration::from_millis(millis));
        await_open(&rig, 0);
        assert_eq!(hits(&rig)["reset"], 1);
        rig.toxic("DELETE", "t", &Value::Null);
    }
    assert_not_dialled(&rig);
    let (client, upstream) = rig.pair();
    client.send(b"x");
    assert_eq!(upstream.read(1), b"x");
}

#[test]
fn toxicity_and_match_choose_connections_as_their_draws_say() {
    let rig = Rig::with_args(Kind::Echo, &["-seed", "7"]);
    rig.add(
        &json!({"name": "t", "type": "reset_peer", "phase": "connect", "toxicity": 0.5,
        "match": {"connections": "1-40"}, "attributes": {"timeout": 0}}),
    );
    let mut resets = 0;
    for number in 1..=44 {
        let is_reset = !connect(&rig).is_some_and(|client| client.echoes());
        let shown = get(&rig, &format!("{CONNECTIONS}/{number}"));
        let toxic = &shown["toxics"][0];
        assert_eq!(toxic["applies"], is_reset, "{shown}");
        assert_eq!(toxic["matches"], number <= 40, "{shown}");
        resets += u64::from(is_reset);
    }
    assert!((8..=32).contains(&resets), "{resets}");
    assert_eq!(hits(&rig)["reset"], resets);
}

#[test]
fn events_name_the_toxic_that_ended_a_connection_before_its_dial() {
    let rig = Rig::new(Kind::Manual);
    add(&rig, "reset_peer", &json!({"timeout": 0}));
    connect(&rig).map(|client| client.read_to_end());
    await_open(&rig, 0);
    let events = call(
        &rig.server,
        "GET",
        "/events?after=0&follow=false",
        &Value::Null,
    )
    .text();
    let (_, ended) = events.split_once("event: connection.ended").unwrap();
    let mut lines = ended.lines();
    let data = lines.find(|line| line.starts_with("data:")).unwrap();
    assert!(data.contains("\"toxic\":\"t\""), "{events}");
    assert!(!events.contains("connection.opened"), "{events}");
}

#[test]
fn phase_is_shown_beside_the_attributes_and_can_be_changed() {
    let rig = Rig::new(Kind::Echo);
    add(&rig, "latency", &json!({"latency": 1}));
    let shown = get(&rig, &format!("{TOXICS}/t"));
    assert_eq!(
        (&shown["phase"], &shown["attributes"]),
        (&json!("connect"), &json!({"latency": 1, "jitter": 0}))
    );
    rig.toxic("PATCH", "t", &json!({"phase": "data"}));
    let shown = get(&rig, &format!("{TOXICS}/t"));
    assert_eq!(shown.get("phase"), None);
    rig.toxic("PATCH", "t", &json!({"attributes": {"phase": "connect"}}));
    assert!(rig.connect().echoes());
    for (kind, given) in [
        ("bandwidth", json!({"phase": "connect"})),
        (
            "slicer",
            json!({"phase": "connect", "attributes": {"average_size": 1}}),
        ),
        ("latency", json!({"phase": "conect"})),
        ("latency", json!({"phase": 7})),
    ] {
        let mut toxic = given;
        toxic["type"] = json!(kind);
        let refused = call(&rig.server, "POST", TOXICS, &toxic);
        assert_eq!(refused.status, 400, "{toxic}: {}", refused.text());
        assert!(
            refused.text().contains("phase is"),
            "{toxic}: {}",
            refused.text()
        );
    }
    let refused = call(
        &rig.server,
        "PATCH",
        &format!("{TOXICS}/t"),
        &json!({"phase": "never"}),
    );
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert_eq!(get(&rig, &format!("{TOXICS}/t"))["phase"], "connect");
}
