//! `match` over real sockets: by the address of the client, and by the number of the connection.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Instant;

use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

use support::Kind;
use support::rig::{PATIENCE, Peer, Rig, call};

/// A client that comes from this address of loopback.
fn from(rig: &Rig, source: [u8; 4]) -> Peer {
    let shown = call(&rig.server, "GET", "/proxies/p", &Value::Null).json();
    let target: SocketAddr = shown["listen"].as_str().unwrap().parse().unwrap();
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let source = SocketAddr::from((Ipv4Addr::from(source), 0));
    socket.bind(&source.into()).unwrap();
    socket.connect(&target.into()).unwrap();
    Peer(TcpStream::from(socket))
}

/// Waits until so many connections have been accepted, and each has met the toxics.
fn accepted(rig: &Rig, count: u64) {
    let start = Instant::now();
    loop {
        let shown = call(&rig.server, "GET", "/proxies/p/connections", &Value::Null).json();
        let mut connections = shown["connections"].as_array().unwrap().iter();
        if shown["accepted"] == count && connections.all(|one| one["state"] == "open") {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{shown}");
    }
}

fn gate(scope: &Value) -> Value {
    json!({"name": "gate", "type": "limit_data", "stream": "upstream", "attributes": {"bytes": 0}, "match": scope})
}

/// Which toxic applies to each live connection, by who opened it.
fn applies(rig: &Rig) -> Vec<(String, bool)> {
    let shown = call(&rig.server, "GET", "/proxies/p/connections", &Value::Null).json();
    let connections = shown["connections"].as_array().unwrap().iter();
    let seen = connections.map(|one| {
        let client: SocketAddr = one["client"].as_str().unwrap().parse().unwrap();
        let gate = &one["toxics"][0];
        assert_eq!(gate["matches"], gate["applies"]);
        (client.ip().to_string(), gate["applies"] == true)
    });
    seen.collect()
}

// Elsewhere loopback has one address.
#[cfg(target_os = "linux")]
#[test]
fn match_client_limits_a_toxic_to_that_network() {
    let rig = Rig::new(Kind::Echo);
    rig.add(&gate(&json!({"client": ["10.0.0.0/8", "127.0.0.2/31"]})));
    let sources = [
        [127, 0, 0, 1],
        [127, 0, 0, 2],
        [127, 0, 0, 3],
        [127, 0, 0, 4],
    ];
    let peers = sources.map(|source| from(&rig, source));
    accepted(&rig, 4);
    let named = |ip: &str, applies| (ip.to_owned(), applies);
    let expected = [
        named("127.0.0.1", false),
        named("127.0.0.2", true),
        named("127.0.0.3", true),
        named("127.0.0.4", false),
    ];
    assert_eq!(applies(&rig), expected);
    assert_eq!(peers.map(|peer| peer.echoes()), [true, false, false, true]);
    // A change reaches connections that are there; `{}` is everyone again.
    let stays = from(&rig, [127, 0, 0, 1]);
    rig.toxic("POST", "gate", &json!({"match": {"client": "127.0.0.9"}}));
    assert!(from(&rig, [127, 0, 0, 2]).echoes() && stays.echoes());
    rig.toxic("POST", "gate", &json!({"match": {}}));
    assert!(!from(&rig, [127, 0, 0, 2]).echoes() && !stays.echoes());
}

#[test]
fn match_connections_limits_a_toxic_to_those_numbers() {
    let rig = Rig::new(Kind::Echo);
    rig.add(&gate(&json!({"connections": "1-3,6"})));
    let echoed: Vec<bool> = (0..8).map(|_| rig.connect().echoes()).collect();
    assert_eq!(echoed, [false, false, false, true, true, false, true, true]);
    // Whoever is left out is not ended by its going either.
    let timeout = json!({"name": "hole", "type": "timeout", "stream": "upstream", "attributes": {"timeout": 0}, "match": {"connections": "10"}});
    let (nine, ten) = (rig.connect(), rig.connect());
    accepted(&rig, 10);
    rig.add(&timeout);
    ten.send(b"swallowed");
    let hits = || {
        call(
            &rig.server,
            "GET",
            "/proxies/p/toxics/hole/stats",
            &Value::Null,
        )
        .json()
    };
    let start = Instant::now();
    while hits()["hits"]["bytes"] != 9 {
        assert!(start.elapsed() < PATIENCE, "{}", hits());
    }
    rig.toxic("DELETE", "hole", &Value::Null);
    assert!(nine.echoes() && !ten.echoes());
}

#[test]
fn toxicity_is_drawn_once_client_and_number_match() {
    let rig = Rig::new(Kind::Echo);
    rig.add(&gate(
        &json!({"client": "127.0.0.0/8", "connections": "2-"}),
    ));
    assert!(rig.connect().echoes() && !rig.connect().echoes());
    rig.toxic("POST", "gate", &json!({"toxicity": 0.0}));
    assert!(rig.connect().echoes());
    rig.toxic(
        "POST",
        "gate",
        &json!({"toxicity": 1.0, "match": {"client": "10.0.0.1", "connections": "1-"}}),
    );
    assert!(rig.connect().echoes());
}
