//! Toxics that wait for a trigger, over real sockets.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::Kind;
use support::rig::{End, PATIENCE, Rig, TOXICS, call};

/// Whether the toxic `t` waits on the first connection.
fn waits(rig: &Rig) -> bool {
    let answer = call(&rig.server, "GET", "/proxies/p/connections/1", &Value::Null).json();
    let toxic = &answer["toxics"][0];
    assert_eq!(toxic["name"], "t", "{answer}");
    toxic["waiting"].as_bool().expect("a toxic with after")
}

fn hits(rig: &Rig, what: &str) -> u64 {
    let path = format!("{TOXICS}/t/stats");
    let stats = call(&rig.server, "GET", &path, &Value::Null).json();
    stats["hits"][what].as_u64().unwrap_or_default()
}

fn await_end_of_waiting(rig: &Rig) {
    let deadline = Instant::now() + PATIENCE;
    while waits(rig) {
        assert!(Instant::now() < deadline, "the trigger does not fire");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_cable_is_cut_after_a_healthy_time() {
    const HEALTHY: Duration = Duration::from_millis(1500);
    let rig = Rig::new(Kind::Echo);
    rig.add(&json!({
        "name": "t", "type": "timeout", "attributes": {"timeout": 1},
        "after": {"time": "1500ms"}
    }));
    let begun = Instant::now();
    let client = rig.connect();
    assert!(client.echoes());
    if begun.elapsed() < HEALTHY / 2 {
        assert!(waits(&rig));
        assert_eq!(hits(&rig, "connections"), 0);
    }
    assert_eq!(client.read_to_end(), (Vec::new(), End::Eof));
    assert!(begun.elapsed() >= HEALTHY, "{:?}", begun.elapsed());
    assert_eq!(hits(&rig, "closed"), 1);
}

#[test]
fn a_connection_that_is_idle_is_dead_afterwards_and_a_busy_one_is_not() {
    const IDLE: Duration = Duration::from_millis(2000);
    let rig = Rig::new(Kind::Echo);
    rig.add(&json!({
        "name": "t", "type": "timeout", "attributes": {"timeout": 0},
        "after": {"idle": "2s"}
    }));
    let client = rig.connect();
    let mut last = Instant::now();
    let begun = last;
    while begun.elapsed() < IDLE + IDLE / 4 {
        // On a machine that stands still for that long, the connection is idle.
        if last.elapsed() > IDLE / 2 {
            return support::skip("the machine is too busy");
        }
        last = Instant::now();
        assert!(client.echoes());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(waits(&rig));
    await_end_of_waiting(&rig);
    assert!(last.elapsed() >= IDLE);
    client.send(b"x");
    let pause = Some(Duration::from_millis(300));
    client.0.set_read_timeout(pause).unwrap();
    let read = std::io::Read::read(&mut &client.0, &mut [0]);
    assert!(read.is_err(), "{read:?}");
}

#[test]
fn a_turn_begins_after_bytes_went_the_other_way() {
    let rig = Rig::new(Kind::Echo);
    rig.add(&json!({
        "name": "t", "type": "limit_data", "attributes": {"bytes": 0},
        "after": {"messages": 2}
    }));
    let client = rig.connect();
    assert!(client.echoes() && client.echoes());
    assert!(!client.echoes(), "the third answer does not pass");
    assert_eq!(hits(&rig, "closed"), 1);
}

#[test]
fn the_third_message_is_torn_in_half() {
    let rig = Rig::new(Kind::Banner(b"first\nsecond\nthird\nfourth\n".to_vec()));
    rig.add(&json!({
        "name": "t", "type": "limit_data", "attributes": {"bytes": 3},
        "after": {"messages": 2}, "framing": {"delimiter": "\n"}
    }));
    let client = rig.connect();
    assert_eq!(
        client.read_to_end(),
        (b"first\nsecond\nthi".to_vec(), End::Eof)
    );
}

#[test]
fn what_cannot_be_framed_passes_and_is_counted() {
    let rig = Rig::new(Kind::Echo);
    rig.add(&json!({
        "name": "t", "type": "limit_data", "attributes": {"bytes": 3},
        "after": {"messages": 2}, "framing": "postgres"
    }));
    let client = rig.connect();
    client.send(b"HTTP/1.1 200 OK");
    assert_eq!(client.read(15), b"HTTP/1.1 200 OK");
    assert_eq!(hits(&rig, "unframed"), 14);
    assert_eq!(hits(&rig, "connections"), 0);
}

#[test]
fn an_update_without_a_trigger_makes_the_toxic_act() {
    let rig = Rig::new(Kind::Echo);
    rig.add(&json!({
        "name": "t", "type": "limit_data", "attributes": {"bytes": 0},
        "after": {"bytes": 1_000_000}
    }));
    let client = rig.connect();
    assert!(client.echoes() && waits(&rig));
    rig.toxic("POST", "t", &json!({"after": {}}));
    assert!(!client.echoes());
    let toxic = call(&rig.server, "GET", &format!("{TOXICS}/t"), &Value::Null).json();
    assert_eq!(toxic.get("after"), None);
}

#[test]
fn removing_a_timeout_that_waits_closes_nothing() {
    let rig = Rig::new(Kind::Echo);
    rig.add(&json!({
        "name": "t", "type": "timeout", "attributes": {"timeout": 0},
        "after": {"bytes": 1_000_000}
    }));
    let client = rig.connect();
    assert!(client.echoes());
    rig.toxic("DELETE", "t", &Value::Null);
    assert!(client.echoes());
}

#[test]
fn triggers_and_framings_are_echoed_as_given_and_senseless_ones_refused() {
    let rig = Rig::new(Kind::Echo);
    let toxic = json!({
        "name": "t", "type": "noop", "stream": "upstream", "toxicity": 1, "attributes": {},
        "after": {"time": "5s"},
        "framing": {"length_at": 1, "length_size": 4, "includes_length": true}
    });
    rig.add(&toxic);
    let path = format!("{TOXICS}/t");
    let shown = call(&rig.server, "GET", &path, &Value::Null).json();
    assert_eq!(shown, toxic);
    for (key, value, named) in [
        ("after", json!({"bytes": 0}), "after.bytes is 0,"),
        ("after", json!({"bytes": -1}), "1 or more"),
        ("after", json!({"bytes": 1.5}), "after.bytes is 1.5"),
        (
            "after",
            json!({"time": "0s"}),
            "after.time is \"0s\", but must be 1ms or more",
        ),
        ("after", json!({"time": "soon"}), "after.time is \"soon\""),
        (
            "after",
            json!({"bytes": 1, "time": "1s"}),
            "after has bytes and time",
        ),
        ("after", json!({"byte": 1}), "did you mean \"bytes\"?"),
        ("after", json!("5s"), "after is \"5s\""),
        ("after", json!([]), "after"),
        ("framing", json!("postgress"), "one of postgres"),
        (
            "framing",
            json!({"length_at": 1}),
            "framing has none of length_size",
        ),
        (
            "framing",
            json!({"delimiter_hex": "zz"}),
            "framing.delimiter_hex",
        ),
        ("framing", json!(5), "framing is 5"),
    ] {
        let answer = call(&rig.server, "POST", &path, &json!({key: value}));
        let error = answer.json();
        assert_eq!(answer.status, 400, "{key} {value}: {error}");
        let text = error["error"].as_str().unwrap();
        assert!(text.contains(named), "{key} {value}: {text}");
    }
    assert_eq!(call(&rig.server, "GET", &path, &Value::Null).json(), toxic);
}
