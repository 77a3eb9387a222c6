//! What happens to connections with `--drain`, and by default.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::signal::{END_LIMIT, Signal, ends_well, send, wait_until_refused};
use support::hole::Hole;
use support::rig::{End, Peer, Rig, create};
use support::{Kept, Kind, upstream};

/// A drain that no test waits for.
const ENDLESS: &str = "5m";
/// Well before its end, and more than a very busy machine needs to end a server that waits for nothing.
const WELL_BEFORE: Duration = Duration::from_secs(60);
/// A drain that runs to its end.
const SHORT: Duration = Duration::from_secs(2);

fn draining(kind: Kind, drain: &str) -> Rig {
    Rig::with_args(kind, &["--drain", drain])
}

/// Tells the server to stop, and waits until its listeners are closed.
fn tell(rig: &Rig) -> Instant {
    let proxy = rig.server.api("GET", "/proxies/p", "").json();
    let proxy = proxy["listen"].as_str().unwrap().parse().unwrap();
    let since = Instant::now();
    send(rig.server.pid(), Signal::TERM);
    wait_until_refused(rig.server.api_addr(), &rig.server);
    wait_until_refused(proxy, &rig.server);
    assert_eq!(rig.server.exit_status(), None, "{}", rig.server.log_text());
    since
}

#[test]
fn drain_lets_connections_continue_in_both_directions() {
    let rig = draining(Kind::Manual, ENDLESS);
    let (client, server) = rig.pair();
    client.send(b"before");
    assert_eq!(server.read(6), b"before");
    let since = tell(&rig);
    let whole = upstream::pattern(0, 3_000_000);
    for (from, to) in [(&client, &server), (&server, &client)] {
        std::thread::scope(|scope| {
            scope.spawn(|| from.send(&whole));
            assert!(to.read(whole.len()) == whole, "bytes were lost or changed");
        });
    }
    // Closing one half does not end the other.
    client.shut_write();
    assert_eq!(server.read_to_end(), (vec![], End::Eof));
    server.send(b"after");
    assert_eq!(client.read(5), b"after");
    assert_eq!(rig.server.exit_status(), None);
    drop(server);
    assert_eq!(client.read_to_end(), (vec![], End::Eof));
    ends_well(&rig.server, since, WELL_BEFORE);
}

#[test]
fn drain_lets_a_transfer_through_a_toxic_finish() {
    const SIZE: u64 = 1_000_000;
    let rig = draining(Kind::Source(SIZE), ENDLESS);
    rig.add(&json!({"type": "bandwidth", "attributes": {"rate": 1000}}));
    let client = rig.connect();
    let start = client.read(1000);
    let since = tell(&rig);
    let (rest, end) = client.read_to_end();
    assert!([start, rest].concat() == upstream::pattern(0, SIZE));
    assert_eq!(end, End::Eof);
    drop(client);
    ends_well(&rig.server, since, WELL_BEFORE);
}

#[test]
fn drain_ends_with_the_last_connection() {
    let rig = draining(Kind::Manual, ENDLESS);
    let pairs: Vec<_> = (0..5).map(|_| rig.pair()).collect();
    let since = tell(&rig);
    for (client, server) in pairs {
        assert_eq!(rig.server.exit_status(), None, "{}", rig.server.log_text());
        client.send(b"bye");
        assert_eq!(server.read(3), b"bye");
    }
    ends_well(&rig.server, since, WELL_BEFORE);
}

#[test]
fn connections_that_outlive_the_drain_are_closed() {
    let hole = Hole::on_loopback();
    let rig = draining(Kind::Manual, "2s");
    let hanging = create(&rig.server, "hanging", &hole.addr());
    let (client, server) = rig.pair();
    let dialling = Peer::to(&hanging);
    // A connection that was not accepted yet is reset with the listener.
    let listed = || {
        rig.server
            .api("GET", "/proxies/hanging/connections", "")
            .json()
    };
    while listed()["open"] != 1 {
        thread::sleep(Duration::from_millis(5));
    }
    let since = tell(&rig);
    let took = ends_well(&rig.server, since, SHORT + END_LIMIT);
    assert!(took >= SHORT, "after {took:?}");
    for peer in [client, server, dialling] {
        assert_eq!(peer.read_to_end(), (vec![], End::Eof));
    }
}

#[test]
fn drain_without_connections_ends_at_once() {
    let rig = draining(Kind::Echo, ENDLESS);
    let client = rig.connect();
    assert!(client.echoes());
    drop(client);
    let since = Instant::now();
    send(rig.server.pid(), Signal::INT);
    ends_well(&rig.server, since, WELL_BEFORE);
}

#[test]
fn without_drain_connections_end_at_once() {
    let rig = Rig::new(Kind::Manual);
    let (client, server) = rig.pair();
    client.send(b"before");
    assert_eq!(server.read(6), b"before");
    let since = Instant::now();
    send(rig.server.pid(), Signal::TERM);
    ends_well(&rig.server, since, END_LIMIT);
    for peer in [client, server] {
        assert_eq!(peer.read_to_end(), (vec![], End::Eof));
    }
    let log = rig.server.log_text();
    assert!(!log.contains("waiting for connections"), "{log}");
    assert!(!log.contains("did not end in time"), "{log}");
}

/// A connection to the API that was opened earlier outlives the API's listener.
#[test]
fn open_api_connection_cannot_start_anything_during_a_drain() {
    let rig = draining(Kind::Manual, ENDLESS);
    let (client, server) = rig.pair();
    let api = |method: &str, path: &str, body: &serde_json::Value| {
        let body = body.to_string();
        rig.server.api(method, path, &body)
    };
    let new = json!({"name": "new", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"});
    let off = json!({"name": "off", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9", "enabled": false});
    assert_eq!(api("POST", "/proxies", &off).status, 201);
    let lent = json!({"name": "s"});
    assert_eq!(api("POST", "/sessions", &lent).status, 201);
    rig.add(&json!({"type": "noop", "name": "t"}));
    let mut kept = Kept::open(rig.server.api_addr(), Duration::from_secs(30)).unwrap();
    let mut ask = |method: &str, path: &str, body: &serde_json::Value| {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        kept.send(method, path, &body).unwrap();
        let answer = kept.answer().unwrap();
        (answer.status, answer.text())
    };
    assert_eq!(ask("GET", "/version", &json!(null)).0, 200);
    tell(&rig);
    for (method, path, body) in [
        ("POST", "/proxies", new.clone()),
        ("POST", "/populate", json!([new])),
        ("PATCH", "/proxies/off", json!({"enabled": true})),
        ("POST", "/proxies/p", json!({"upstream": "127.0.0.1:10"})),
        ("POST", "/reset", json!(null)),
        ("POST", "/sessions", json!({"name": "t"})),
    ] {
        let (status, text) = ask(method, path, &body);
        assert_eq!(status, 503, "{method} {path}: {text}");
        assert!(text.contains("the server is stopping"), "{text}");
    }
    // Requests that read, and requests that help connections to end, are still served.
    for (method, path, body, expected) in [
        ("GET", "/proxies", json!(null), 200),
        ("POST", "/sessions/s/renew", json!(null), 200),
        ("PATCH", "/proxies/off", json!({"enabled": false}), 200),
        ("DELETE", "/proxies/off", json!(null), 204),
    ] {
        assert_eq!(ask(method, path, &body).0, expected, "{method} {path}");
    }
    let (_, toxics) = ask("GET", "/proxies/p/toxics", &json!(null));
    assert_eq!(toxics, "[]", "a reset removes toxics all the same");
    client.send(b"bye");
    assert_eq!(server.read(3), b"bye");
    let since = Instant::now();
    drop((client, server));
    ends_well(&rig.server, since, WELL_BEFORE);
}
