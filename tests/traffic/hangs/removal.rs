//! Toxics that are removed while they hold bytes or a link.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use support::rig::{End, Peer, Rig};
use support::{Kind, upstream, wire};

/// Long enough for bytes to be where they stop.
const A_WHILE: Duration = Duration::from_millis(300);
/// More than all buffers on the way hold.
const FLOOD: usize = 251 * 60_000;

fn flood() -> Vec<u8> {
    upstream::pattern(0, 251).repeat(FLOOD / 251)
}

fn is_silent(peer: &Peer) -> bool {
    let deadline = std::time::Instant::now() + A_WHILE;
    let read = wire::read_by(&peer.0, &mut [0], deadline);
    read.is_err_and(|error| error.kind() == std::io::ErrorKind::TimedOut)
}

fn latency() -> Value {
    json!({"type": "latency", "name": "latency", "attributes": {"latency": 1000}})
}

fn timeout() -> Value {
    json!({"type": "timeout", "name": "timeout", "attributes": {"timeout": 0}})
}

#[test]
fn removing_latency_before_timeout_0_hangs_nothing() {
    let rig = Rig::new(Kind::Banner(flood()));
    rig.add(&latency());
    rig.add(&timeout());
    let clients: Vec<Peer> = (0..10).map(|_| rig.connect()).collect();
    thread::sleep(A_WHILE);
    rig.toxic("DELETE", "latency", &Value::Null);
    // What the latency held goes into the timeout, which lets nothing through.
    assert!(clients.iter().all(is_silent));
    rig.toxic("DELETE", "timeout", &Value::Null);
    for client in clients {
        assert_eq!(client.read_to_end(), (vec![], End::Eof));
    }
    assert_works(&rig);
}

#[test]
fn removing_timeout_0_before_latency_hangs_nothing() {
    let rig = Rig::new(Kind::Banner(flood()));
    rig.add(&timeout());
    rig.add(&latency());
    let clients: Vec<Peer> = (0..10).map(|_| rig.connect()).collect();
    thread::sleep(A_WHILE);
    assert!(is_silent(&clients[0]));
    rig.toxic("DELETE", "timeout", &Value::Null);
    // Removing a timeout closes its connections, whatever stands behind it.
    for client in clients {
        assert_eq!(client.read_to_end(), (vec![], End::Eof));
    }
    rig.toxic("DELETE", "latency", &Value::Null);
    assert_works(&rig);
}

#[test]
fn adding_and_removing_bandwidth_0_on_a_busy_link_hangs_nothing() {
    let rig = Rig::new(Kind::Banner(flood()));
    let whole = flood();
    let clients: Vec<Peer> = (0..4).map(|_| rig.connect()).collect();
    thread::scope(|scope| {
        for client in &clients {
            scope.spawn(|| {
                assert!(client.read(FLOOD) == whole, "bytes were lost or changed");
                client.shut_write();
                assert_eq!(client.read_to_end(), (vec![], End::Eof));
            });
        }
        for _ in 0..20 {
            let stall = json!({"type": "bandwidth", "name": "b", "attributes": {"rate": 0}});
            rig.add(&stall);
            thread::sleep(Duration::from_millis(20));
            rig.toxic("DELETE", "b", &Value::Null);
        }
    });
    assert_works(&rig);
}

#[test]
fn removing_a_pending_reset_peer_hangs_nothing() {
    let rig = Rig::new(Kind::Echo);
    rig.add(&json!({"type": "reset_peer", "name": "down", "attributes": {"timeout": 60_000}}));
    rig.add(
        &json!({"type": "reset_peer", "name": "up", "stream": "upstream",
        "attributes": {"timeout": 60_000}}),
    );
    let clients: Vec<Peer> = (0..10).map(|_| rig.connect()).collect();
    for client in &clients {
        client.send(b"held");
    }
    assert!(clients.iter().take(2).all(is_silent));
    rig.toxic("DELETE", "up", &Value::Null);
    assert!(clients.iter().take(2).all(is_silent));
    rig.toxic("DELETE", "down", &Value::Null);
    for client in clients {
        assert_eq!(client.read(4), b"held");
        client.send(b"more");
        assert_eq!(client.read(4), b"more");
        client.shut_write();
        assert_eq!(client.read_to_end(), (vec![], End::Eof));
    }
}

/// Everything passes again.
fn assert_works(rig: &Rig) {
    let toxics = rig.server.api("GET", "/proxies/p/toxics", "");
    assert_eq!((toxics.status, toxics.json()), (200, json!([])));
    let client = rig.connect();
    assert_eq!(client.read(1000), upstream::pattern(0, 1000));
}
