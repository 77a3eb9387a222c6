//! No API request waits for a link, a peer or a dial, and no client waits for the dial of another.

use std::io::Read;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use socket2::SockRef;

use support::hole::Hole;
use support::rig::{End, Peer, Rig, TOXICS, call, create};
use support::{Kind, Server, upstream};

/// Toxiproxy answers the disabling after 25 seconds, with a 503.
#[test]
fn mend_11_a_dial_without_an_answer_holds_up_no_request() {
    let (server, hole, echo) = (Server::start(&[]), Hole::on_loopback(), upstream::echo());
    let address = create(&server, "p", &hole.addr());
    let client = Peer::to(&address);
    thread::sleep(Duration::from_millis(200));
    let ask = |method: &str, path: &str, body: Value| {
        let answer = call(&server, method, path, &body);
        assert!(answer.status < 300, "{method} {path}: {}", answer.text());
        answer
    };
    ask("POST", TOXICS, json!({"type": "latency"}));
    ask(
        "PATCH",
        "/proxies/p/toxics/latency_downstream",
        json!({"attributes": {"latency": 1}}),
    );
    ask(
        "DELETE",
        "/proxies/p/toxics/latency_downstream",
        Value::Null,
    );
    ask("PATCH", "/proxies/p", json!({"upstream": echo.addr()}));
    client.read_to_end();
    let moved = ask("GET", "/proxies/p", Value::Null).json();
    assert!(Peer::to(moved["listen"].as_str().unwrap()).echoes());
}

/// From the list of what breaks Toxiproxy; it dies no death here, but its answers are 503, and
/// take 25 seconds.
#[test]
fn broken_05_a_proxy_that_dials_a_hole_can_be_disabled_and_deleted() {
    let (server, hole) = (Server::start(&[]), Hole::on_loopback());
    let address = create(&server, "p", &hole.addr());
    let clients = [Peer::to(&address), Peer::to(&address), Peer::to(&address)];
    thread::sleep(Duration::from_millis(200));
    let answer = call(&server, "PATCH", "/proxies/p", &json!({"enabled": false}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    for client in clients {
        assert!(client.read_to_end().0.is_empty());
    }
    let answer = call(&server, "POST", "/proxies/p", &json!({"enabled": true}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let client = Peer::to(answer.json()["listen"].as_str().unwrap());
    assert_eq!(call(&server, "GET", "/proxies", &Value::Null).status, 200);
    assert_eq!(
        call(&server, "DELETE", "/proxies/p", &Value::Null).status,
        204
    );
    assert!(client.read_to_end().0.is_empty());
}

/// Who reaches a hole's listener first once it opens: the client whose dial was dropped and is
/// repeated after a second, or the one who came after it.
fn first_to_arrive() -> u8 {
    let (server, mut hole) = (Server::start(&[]), Hole::on_loopback());
    let address = create(&server, "p", &hole.addr());
    let early = Peer::to(&address);
    early.send(b"1");
    thread::sleep(Duration::from_millis(150));
    hole.open();
    let late = Peer::to(&address);
    late.send(b"2");
    let mut first = [0];
    hole.accept().read_exact(&mut first).unwrap();
    first[0]
}

/// Toxiproxy dials for one client at a time: the first always comes first.
#[test]
fn mend_11_a_dial_without_an_answer_holds_up_no_other_client() {
    let overtakes = (0..3).any(|_| first_to_arrive() == b'2');
    assert!(
        overtakes,
        "the second client waited for the dial of the first"
    );
}

/// Through a peer that does not read, with all buffers full on the way. Toxiproxy lets the
/// first of these requests wait, and from then on every one that lists the proxy.
#[test]
fn broken_04_toxics_can_be_changed_while_a_receiver_does_not_read() {
    let flood = upstream::pattern(0, 251).repeat(100_000);
    let rig = Rig::new(Kind::Banner(flood.clone()));
    rig.add(&json!({"type": "noop", "name": "first"}));
    let client = rig.connect();
    SockRef::from(&client.0)
        .set_recv_buffer_size(256 * 1024)
        .unwrap();
    thread::sleep(Duration::from_millis(600));
    for (kind, attributes, change) in [
        ("latency", json!({"latency": 20}), json!({"latency": 10})),
        (
            "bandwidth",
            json!({"rate": 100_000}),
            json!({"rate": 500_000}),
        ),
        (
            "slicer",
            json!({"average_size": 5000}),
            json!({"average_size": 9000}),
        ),
        (
            "limit_data",
            json!({"bytes": 1_000_000_000}),
            json!({"bytes": 2_000_000_000}),
        ),
    ] {
        rig.add(&json!({"type": kind, "name": kind, "attributes": attributes}));
        rig.toxic("PATCH", kind, &json!({"attributes": change}));
        assert_eq!(
            call(&rig.server, "GET", "/proxies", &Value::Null).status,
            200
        );
        rig.toxic("DELETE", kind, &Value::Null);
    }
    rig.toxic("DELETE", "first", &Value::Null);
    assert!(
        client.read(flood.len()) == flood,
        "bytes were lost or changed"
    );
    client.shut_write();
    assert_eq!(client.read_to_end(), (vec![], End::Eof));
}
