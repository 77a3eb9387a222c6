//! Attribute values: those that would break a toxic are refused, odd ones are accepted, and an update
//! takes effect completely or not at all.

use serde_json::{Value, json};

use support::Kind;
use support::rig::{Rig, TOXICS, call, send};

/// Bytes enough that any toxic that divides, multiplies or cuts has something to do.
const MUCH: usize = 100_000;

/// Sends data through `p`, and says whether the server lives on. Toxiproxy dies of some toxics
/// at once and of others after its first wait, a tenth of a second later.
fn survives_data(rig: &Rig) -> bool {
    let client = rig.connect();
    // A server that dies may end this early.
    let _ = client.try_send(&vec![7; MUCH]);
    let died = rig.server.wait_exit(std::time::Duration::from_millis(300));
    died.is_none() && call(&rig.server, "GET", "/version", &Value::Null).status == 200
}

/// Each is `toxic` and the words that the refusal must have.
fn are_refused(rig: &Rig, cases: &[(Value, [&str; 3])]) {
    for (toxic, words) in cases {
        let answer = call(&rig.server, "POST", TOXICS, toxic);
        assert_eq!(answer.status, 400, "{toxic}: {}", answer.text());
        let told = answer.json()["error"].as_str().unwrap().to_owned();
        for word in words {
            assert!(told.contains(word), "{toxic}: {word} is not in {told}");
        }
    }
    assert_eq!(rig.server.api("GET", TOXICS, "").text(), "[]");
}

/// Toxiproxy takes them all.
#[test]
fn mend_01_values_that_would_crash_are_refused() {
    let rig = Rig::new(Kind::Sink);
    let toxic = |kind: &str, attributes: Value| json!({"type": kind, "attributes": attributes});
    are_refused(
        &rig,
        &[
            (
                toxic("slicer", json!({})),
                ["average_size", "missing", "such as 64"],
            ),
            (
                toxic("slicer", json!({"average_size": 0})),
                ["average_size", "is 0", "1 or more"],
            ),
            (
                toxic("slicer", json!({"average_size": 5, "size_variation": 6})),
                ["size_variation", "is 6", "from 0 to 5"],
            ),
            (
                toxic("slicer", json!({"average_size": 5, "size_variation": -1})),
                ["size_variation", "is -1", "0 or more"],
            ),
            (
                toxic("bandwidth", json!({"rate": -1})),
                ["rate", "is -1", "from 0 to"],
            ),
            (
                toxic("bandwidth", json!({"rate": 92_233_720_368_547_759_i64})),
                ["rate", "is 92233720368547759", "to 92233720368547758"],
            ),
            (
                toxic("latency", json!({"jitter": 4_611_686_018_427_387_904_i64})),
                ["jitter", "is 4611686018427387904", "to 4611686018427387903"],
            ),
        ],
    );
}

/// What Toxiproxy survives it takes, and so do we; this passes on Toxiproxy as well, up
/// to the log.
#[test]
fn mend_01_odd_values_are_taken_and_act_like_the_nearest() {
    let rig = Rig::new(Kind::Echo);
    rig.add(&json!({"type": "latency", "toxicity": 7, "attributes": {"latency": -5}}));
    rig.add(
        &json!({"type": "latency", "stream": "upstream", "toxicity": -1,
        "attributes": {"latency": 60_000}}),
    );
    let client = rig.connect();
    client.send(b"through");
    assert_eq!(client.read(7), b"through");
    let log = rig.server.log_text();
    for word in [
        "WARN",
        "attributes.latency is -5 ms",
        "toxicity: 7",
        "toxicity: -1",
    ] {
        assert!(log.contains(word), "{word} is not in {log}");
    }
}

/// Toxiproxy has no such flag.
#[test]
fn mend_01_strict_refuses_what_is_merely_odd() {
    let rig = Rig::with_args(Kind::Sink, &["--strict"]);
    let odd = |kind: &str, name: &str| json!({"type": kind, "attributes": {name: -1}});
    let from_0 = ["is -1", "must be", "0 or more"];
    are_refused(
        &rig,
        &[
            (odd("latency", "latency"), from_0),
            (
                odd("latency", "jitter"),
                ["attributes.jitter", "is -1", "from 0 to"],
            ),
            (odd("slow_close", "delay"), from_0),
            (odd("timeout", "timeout"), from_0),
            (odd("reset_peer", "timeout"), from_0),
            (odd("limit_data", "bytes"), from_0),
            (
                json!({"type": "noop", "toxicity": 1.5}),
                ["toxicity", "1.5", "0 to 1"],
            ),
            (
                json!({"type": "noop", "toxicity": -0.5}),
                ["toxicity", "-0.5", "0 to 1"],
            ),
        ],
    );
    rig.add(&json!({"type": "latency", "attributes": {"latency": 5}}));
    let before = rig.server.api("GET", TOXICS, "").text();
    for change in [
        json!({"toxicity": 2}),
        json!({"attributes": {"jitter": 3, "latency": -1}}),
    ] {
        let path = format!("{TOXICS}/latency_downstream");
        assert_eq!(
            call(&rig.server, "PATCH", &path, &change).status,
            400,
            "{change}"
        );
        assert_eq!(rig.server.api("GET", TOXICS, "").text(), before, "{change}");
    }
}

/// Toxiproxy answers 400 and yet has `jitter` 7.
#[test]
fn mend_02_an_update_that_fails_changes_nothing() {
    let rig = Rig::new(Kind::Sink);
    rig.add(&json!({"type": "latency", "attributes": {"latency": 5}}));
    let before = rig.server.api("GET", TOXICS, "").text();
    for change in [
        r#"{"attributes":{"jitter":7,"latency":"x"}}"#,
        r#"{"attributes":{"jitter":7},"toxicity":"x"}"#,
        r#"{"attributes":{"jitter":7,"latency":1.5}}"#,
        r#"{"attributes":{"jitter":7}"#,
    ] {
        for method in ["PATCH", "POST"] {
            let answer = send(
                &rig.server,
                method,
                &format!("{TOXICS}/latency_downstream"),
                change,
            );
            assert_eq!(answer.status, 400, "{method} {change}");
            assert_eq!(rig.server.api("GET", TOXICS, "").text(), before, "{change}");
        }
    }
}

/// Puts `toxic` in the way of data, if it is taken at all. Dying of it is what must not happen.
fn does_not_kill(toxic: &Value) {
    let rig = Rig::new(Kind::Sink);
    let mut toxic = toxic.clone();
    toxic["stream"] = "upstream".into();
    let answer = call(&rig.server, "POST", TOXICS, &toxic);
    assert!(
        [200, 400].contains(&answer.status),
        "{toxic}: {}",
        answer.text()
    );
    assert!(survives_data(&rig), "{toxic}: {}", rig.server.log_text());
}

/// Toxiproxy dies of each at the first data.
#[test]
fn broken_01_no_slicer_kills_the_server() {
    for attributes in [
        json!({}),
        json!({"average_size": -3, "size_variation": 3}),
        json!({"average_size": 1, "size_variation": 100}),
    ] {
        does_not_kill(&json!({"type": "slicer", "attributes": attributes}));
    }
    // Cuts into pieces of one byte are no trouble: 3,000 bytes come whole.
    let rig = Rig::new(Kind::Echo);
    rig.add(&json!({"type": "slicer", "attributes": {"average_size": 1, "size_variation": 1}}));
    let (client, sent) = (rig.connect(), support::upstream::pattern(0, 3000));
    client.send(&sent);
    assert_eq!(client.read(3000), sent);
}

/// Toxiproxy dies of each at the first data.
#[test]
fn broken_02_no_bandwidth_kills_the_server() {
    for rate in [-1, i64::MIN, i64::MAX, i64::MAX / 100 + 1] {
        does_not_kill(&json!({"type": "bandwidth", "attributes": {"rate": rate}}));
    }
    let rig = Rig::new(Kind::Echo);
    rig.add(&json!({"type": "bandwidth", "attributes": {"rate": i64::MAX / 100}}));
    let client = rig.connect();
    client.send(&[7; MUCH]);
    assert_eq!(client.read(MUCH), [7; MUCH]);
}

/// Toxiproxy dies of the first at the first data.
#[test]
fn broken_03_no_jitter_kills_the_server() {
    for jitter in [i64::MAX / 2 + 1, i64::MAX, i64::MAX / 2] {
        does_not_kill(&json!({"type": "latency", "attributes": {"jitter": jitter}}));
    }
}
