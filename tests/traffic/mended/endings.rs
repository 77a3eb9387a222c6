//! How connections end: `timeout`, `reset_peer`, half-close and resets.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use support::rig::{End, Rig};
use support::{Kind, upstream::pattern, wire};

/// Toxiproxy starts its timer anew with every byte, and never cuts this client.
#[test]
fn mend_05_a_peer_that_talks_is_cut_in_time() {
    let rig = Rig::new(Kind::Echo);
    rig.add(&json!({"type": "timeout", "stream": "upstream", "attributes": {"timeout": 400}}));
    let start = Instant::now();
    let client = rig.connect();
    loop {
        assert!(start.elapsed() < Duration::from_secs(4), "still open");
        let sent = client.try_send(b"x");
        let soon = Instant::now() + Duration::from_millis(40);
        let seen = sent.and_then(|()| wire::read_by(&client.0, &mut [0], soon));
        match seen {
            Err(error) if error.kind() == ErrorKind::TimedOut => {}
            Ok(count) if count > 0 => panic!("data passed a timeout"),
            _ => break,
        }
    }
    assert!(
        start.elapsed() >= Duration::from_millis(390),
        "{:?}",
        start.elapsed()
    );
}

/// Toxiproxy resets everybody.
#[test]
fn mend_06_reset_peer_spares_whom_it_does_not_apply_to() {
    let rig = Rig::new(Kind::Echo);
    rig.add(&json!({"type": "reset_peer", "toxicity": 0}));
    let client = rig.connect();
    assert!(client.echoes());
    client.shut_write();
    assert_eq!(client.read_to_end(), (vec![], End::Eof));
}

/// Toxiproxy ends them with FIN.
#[test]
fn mend_06_a_live_connection_is_reset_on_both_sides() {
    for stream in ["upstream", "downstream"] {
        let rig = Rig::new(Kind::Manual);
        let (client, upstream) = rig.pair();
        client.send(b"a");
        assert_eq!(upstream.read(1), b"a");
        rig.add(&json!({"type": "reset_peer", "stream": stream}));
        let talker = if stream == "upstream" {
            &client
        } else {
            &upstream
        };
        talker.send(b"b");
        assert_eq!(client.read_to_end(), (vec![], End::Reset), "{stream}");
        assert_eq!(upstream.read_to_end(), (vec![], End::Reset), "{stream}");
    }
}

/// Toxiproxy lets the request wait for the minute, and resets the connection at its end though
/// the toxic is gone.
#[test]
fn mend_06_a_running_reset_can_be_called_off() {
    let rig = Rig::new(Kind::Echo);
    rig.add(
        &json!({"type": "reset_peer", "stream": "upstream", "attributes": {"timeout": 60_000}}),
    );
    let client = rig.connect();
    client.send(b"kept");
    std::thread::sleep(Duration::from_millis(100));
    rig.toxic("DELETE", "reset_peer_upstream", &Value::Null);
    assert_eq!(client.read(4), b"kept");
    client.shut_write();
    assert_eq!(client.read_to_end(), (vec![], End::Eof));
}

/// The same from the list of what breaks Toxiproxy: nothing else waits for the timer either.
#[test]
fn broken_06_no_request_waits_for_a_running_reset() {
    let rig = Rig::new(Kind::Echo);
    rig.add(&json!({"type": "reset_peer", "attributes": {"timeout": 60_000}}));
    let client = rig.connect();
    client.send(b"kept");
    std::thread::sleep(Duration::from_millis(100));
    rig.add(&json!({"type": "noop"}));
    rig.toxic(
        "PATCH",
        "reset_peer_downstream",
        &json!({"attributes": {"timeout": 50_000}}),
    );
    rig.toxic("DELETE", "noop_downstream", &Value::Null);
    rig.toxic("DELETE", "reset_peer_downstream", &Value::Null);
    assert_eq!(client.read(4), b"kept");
}

/// Toxiproxy closes the upstream at the client's FIN, and the answer is lost.
#[test]
fn mend_07_half_close_is_kept() {
    let rig = Rig::new(Kind::HalfCloseEcho);
    let ask = |what: &str| {
        let (client, question) = (rig.connect(), pattern(0, 5000));
        client.send(&question);
        client.shut_write();
        let (answer, end) = client.read_to_end();
        assert_eq!(end, End::Eof, "{what}");
        assert!(answer == question, "{what}: {} bytes came", answer.len());
    };
    ask("no toxic");
    for stream in ["upstream", "downstream"] {
        for (kind, attributes) in [
            ("latency", json!({"latency": 20, "jitter": 5})),
            ("bandwidth", json!({"rate": 1000})),
            ("slicer", json!({"average_size": 500, "delay": 10})),
            ("slow_close", json!({"delay": 20})),
            ("limit_data", json!({"bytes": 100_000})),
            ("noop", json!({})),
        ] {
            rig.add(&json!({"type": kind, "stream": stream, "attributes": attributes}));
            ask(kind);
        }
    }
}

/// Toxiproxy makes an orderly end of either.
#[test]
fn mend_07_a_reset_is_passed_on_as_one() {
    let rig = Rig::new(Kind::Manual);
    let (client, upstream) = rig.pair();
    client.send(b"a");
    assert_eq!(upstream.read(1), b"a");
    upstream.abort();
    assert_eq!(client.read_to_end().1, End::Reset);
    let (client, upstream) = rig.pair();
    client.send(b"a");
    assert_eq!(upstream.read(1), b"a");
    client.abort();
    assert_eq!(upstream.read_to_end().1, End::Reset);
}
