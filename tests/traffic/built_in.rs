//! Upstreams that the server plays itself, over real sockets.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use support::Server;
use support::rig::{End, PATIENCE, Peer, call, create};

/// The proxy's connections, once it has this many.
fn connections(server: &Server, proxy: &str, count: u64) -> Value {
    let start = Instant::now();
    loop {
        let path = format!("/proxies/{proxy}/connections");
        let shown = call(server, "GET", &path, &Value::Null).json();
        if shown["open"] == count {
            return shown;
        }
        assert!(start.elapsed() < PATIENCE, "{shown}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn echo_sends_back_every_byte_and_the_half_close() {
    let server = Server::start(&["-strict", "-proxy-metrics"]);
    let address = create(&server, "e", "echo:");
    let clients = [(); 3].map(|()| Peer::to(&address));
    let bytes: Vec<u8> = (0..100_000_u32).map(|index| (index % 251) as u8).collect();
    for client in &clients {
        client.send(&bytes);
        assert!(client.read(bytes.len()) == bytes);
    }
    let shown = connections(&server, "e", 3);
    for one in shown["connections"].as_array().unwrap() {
        assert_eq!(
            (&one["upstream"], &one["state"]),
            (&json!("echo:"), &json!("open"))
        );
    }
    let metrics = call(&server, "GET", "/metrics", &Value::Null).text();
    assert!(metrics.contains("upstream=\"echo:\"} 300000"), "{metrics}");
    for client in &clients {
        client.send(b"last");
        client.shut_write();
        assert_eq!(client.read_to_end(), (b"last".to_vec(), End::Eof));
    }
    connections(&server, "e", 0);
}

#[test]
fn toxics_act_in_front_of_a_built_in_upstream() {
    let server = Server::start(&[]);
    let address = create(&server, "e", "echo:");
    for stream in ["upstream", "downstream"] {
        let toxic = json!({"type": "latency", "stream": stream, "attributes": {"latency": 150}});
        let made = call(&server, "POST", "/proxies/e/toxics", &toxic);
        assert_eq!(made.status, 200, "{}", made.text());
    }
    let client = Peer::to(&address);
    let start = Instant::now();
    assert!(client.echoes());
    assert!(start.elapsed() >= Duration::from_millis(300));
    let reset = json!({"type": "reset_peer", "attributes": {"timeout": 0}});
    call(&server, "POST", "/proxies/e/toxics", &reset);
    client.send(b"x");
    assert_eq!(client.read_to_end().1, End::Reset);
}

#[test]
fn discard_reads_everything_and_silent_stops_its_client() {
    let server = Server::start(&[]);
    let discard = Peer::to(&create(&server, "d", "discard:"));
    let bytes = vec![1; 16 * 1024 * 1024];
    discard.send(&bytes);
    discard.shut_write();
    assert_eq!(discard.read_to_end(), (Vec::new(), End::Eof));
    connections(&server, "d", 0);

    let address = create(&server, "s", "silent:");
    let silent = Peer::to(&address);
    let taken = silent.stuff(&bytes);
    assert!(taken < bytes.len(), "the client's window stays open");
    // While the window is closed, Linux may take no notice of the client's RST until a keep-alive probe.
    let ended = call(&server, "DELETE", "/proxies/s/connections/1", &Value::Null);
    assert_eq!(ended.status, 204, "{}", ended.text());
    connections(&server, "s", 0);
    let silent = Peer::to(&address);
    silent.send(b"request");
    silent.shut_write();
    assert_eq!(silent.read_to_end(), (Vec::new(), End::Eof));
    connections(&server, "s", 0);
}

#[test]
fn a_misspelt_built_in_upstream_is_refused_with_a_suggestion() {
    let server = Server::start(&[]);
    let text = "upstream is \"ecko:\", which is no built-in upstream; did you mean \"echo:\"?";
    let new = json!({"name": "e", "listen": "127.0.0.1:0", "upstream": "ecko:"});
    for (path, body) in [("/proxies", new.clone()), ("/populate", json!([new]))] {
        let refused = call(&server, "POST", path, &body);
        assert_eq!(refused.status, 400, "{}", refused.text());
        assert!(
            refused.json()["error"].as_str().unwrap().contains(text),
            "{}",
            refused.text()
        );
    }
    create(&server, "e", "echo:");
    let refused = call(
        &server,
        "POST",
        "/proxies/e",
        &json!({"upstream": "discord:"}),
    );
    assert_eq!(refused.status, 400, "{}", refused.text());
    let changed = call(
        &server,
        "POST",
        "/proxies/e",
        &json!({"upstream": "discard:"}),
    );
    assert_eq!(changed.json()["upstream"], "discard:");
    // As with Toxiproxy, a host without a port is accepted.
    create(&server, "h", "redis:");
}
