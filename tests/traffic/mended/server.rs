//! The server as a whole: metrics, its start, `populate`, toxics in bodies, hosts.

use std::net::TcpListener;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use support::rig::{PATIENCE, Peer, Rig, TOXICS, call, create};
use support::server::command;
use support::{Kind, Request, ScratchFile, Server, free_port, upstream};

/// The value of a proxy's counter in Prometheus text.
fn counted(metrics: &str, what: &str, direction: &str) -> Option<u64> {
    let name = format!("toxiproxy_proxy_{what}_bytes_total{{direction=\"{direction}\"");
    let line = metrics.lines().find(|line| line.starts_with(&name))?;
    line.rsplit(' ')
        .next()?
        .parse::<f64>()
        .ok()
        .map(|value| value as u64)
}

/// Toxiproxy counts a connection when it has ended.
#[test]
fn mend_12_bytes_are_counted_while_the_connection_is_open() {
    let rig = Rig::with_args(Kind::Echo, &["-proxy-metrics"]);
    let client = rig.connect();
    client.send(&[7; 1000]);
    client.read(1000);
    let deadline = Instant::now() + Duration::from_secs(5);
    for direction in ["upstream", "downstream"] {
        for what in ["received", "sent"] {
            loop {
                let metrics = rig.server.api("GET", "/metrics", "").text();
                if counted(&metrics, what, direction) == Some(1000) {
                    break;
                }
                assert!(Instant::now() < deadline, "{what} {direction}: {metrics}");
                thread::sleep(Duration::from_millis(10));
            }
        }
    }
    assert!(client.echoes());
}

/// What a server says that must not come up, and its exit code; `None` if it goes on running.
fn fails_to_start(args: &[&str]) -> (Option<i32>, String) {
    let mut child = command()
        .args(["-host", "127.0.0.1"])
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(4);
    while Instant::now() < deadline && child.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_millis(5));
    }
    let code = child
        .try_wait()
        .unwrap()
        .map(|status| status.code().unwrap_or(-1));
    let _ = child.kill();
    let output = child.wait_with_output().unwrap();
    (code, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Toxiproxy logs it and runs on, without an API. In full: tests/command/server_command/refusals.rs.
#[test]
fn mend_13_a_busy_api_port_is_fatal() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, told) = fails_to_start(&["-port", &port]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains(&port), "{told}");
}

/// The same for what is no port.
#[test]
fn broken_07_an_api_port_that_is_no_number_is_fatal() {
    for port in ["nosuchport", "70000"] {
        let (code, told) = fails_to_start(&["-port", port]);
        assert_eq!(code, Some(1), "{told}");
        assert!(told.contains(port), "{told}");
    }
}

/// Toxiproxy logs it and runs on, with the proxies before the bad one.
#[test]
fn mend_13_a_bad_config_file_is_fatal_and_says_where() {
    let config = json!([
        {"name": "a", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"},
        {"name": "b", "listen": "127.0.0.1:0", "upstream": 9},
    ]);
    let file = ScratchFile::with("json", &config.to_string());
    let port = free_port().to_string();
    let (code, told) = fails_to_start(&["-port", &port, "-config", &file.path()]);
    assert_eq!(code, Some(1), "{told}");
    // The second entry. A digit alone could be one of the process's id in the name of the file.
    for word in ["[1].upstream", "it is 9", &file.path()] {
        assert!(told.contains(word), "{word} is not in {told}");
    }
}

/// Toxiproxy has stopped `a` by then, and started it elsewhere.
#[test]
fn mend_14_populate_does_all_or_nothing() {
    let rig = Rig::new(Kind::Echo);
    let client = rig.connect();
    assert!(client.echoes());
    let before = rig.server.api("GET", "/proxies", "").json();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let moved = json!({"name": "p", "listen": format!("127.0.0.1:{}", free_port()),
        "upstream": rig.upstream.addr()});
    for (last, status, proxies) in [
        (
            json!({"name": "b", "listen": taken, "upstream": "127.0.0.1:9"}),
            500,
            json!([]),
        ),
        (
            json!({"name": "b", "listen": "127.0.0.1:0"}),
            400,
            Value::Null,
        ),
    ] {
        let list = json!([moved, {"name": "c", "listen": "127.0.0.1:0", "upstream": "x:1"}, last]);
        let answer = call(&rig.server, "POST", "/populate", &list);
        assert_eq!(answer.status, status, "{}", answer.text());
        assert_eq!(rig.server.api("GET", "/proxies", "").json(), before);
        assert!(client.echoes(), "its connection is gone");
        assert!(rig.connect().echoes(), "it listens no more");
        assert_eq!(answer.json()["proxies"], proxies, "{}", answer.text());
    }
}

/// A toxic that ends every connection at its first byte.
fn deadly() -> Value {
    json!({"type": "limit_data", "name": "deadly", "stream": "upstream", "toxicity": 1,
        "attributes": {"bytes": 0}})
}

/// Toxiproxy creates the proxies without them.
#[test]
fn mend_15_toxics_are_created_with_their_proxy() {
    let echo = upstream::echo();
    let entry = |name: &str| {
        json!({"name": name, "listen": "127.0.0.1:0", "upstream": echo.addr(),
        "toxics": [deadly()]})
    };
    let file = ScratchFile::with("json", &json!([entry("config")]).to_string());
    let server = Server::start(&["-config", &file.path()]);
    assert_eq!(
        call(&server, "POST", "/proxies", &entry("create")).status,
        201
    );
    assert_eq!(
        call(&server, "POST", "/populate", &json!([entry("populate")])).status,
        201
    );
    for name in ["config", "create", "populate"] {
        let proxy = server.api("GET", &format!("/proxies/{name}"), "").json();
        assert_eq!(proxy["toxics"], json!([deadly()]), "{name}");
        assert!(
            !Peer::to(proxy["listen"].as_str().unwrap()).echoes(),
            "{name}"
        );
    }
    let mut bad = entry("bad");
    bad["toxics"][0]["attributes"]["bytes"] = json!("many");
    assert_eq!(call(&server, "POST", "/proxies", &bad).status, 400);
    assert_eq!(server.api("GET", "/proxies/bad", "").status, 404);
}

/// Passes on Toxiproxy, which looks at no toxics in bodies.
#[test]
fn mend_15_a_proxy_sent_back_as_it_was_is_not_hurt() {
    let rig = Rig::new(Kind::Echo);
    rig.add(&json!({"type": "latency", "attributes": {"latency": 1}}));
    let client = rig.connect();
    assert!(client.echoes());
    let proxy = rig.server.api("GET", "/proxies/p", "").json();
    for toxics in [proxy["toxics"].clone(), json!([]), Value::Null] {
        let mut body = proxy.clone();
        body["toxics"] = toxics;
        for (method, path, body, status) in [
            ("POST", "/proxies/p", body.clone(), 200),
            ("PATCH", "/proxies/p", body.clone(), 200),
            ("POST", "/populate", json!([body]), 201),
        ] {
            let answer = call(&rig.server, method, path, &body);
            assert_eq!(answer.status, status, "{body}: {}", answer.text());
            assert_eq!(
                rig.server.api("GET", "/proxies/p", "").json(),
                proxy,
                "{body}"
            );
            assert!(client.echoes(), "{method} {path} {body}");
        }
    }
    let empty = json!({"name": "q", "listen": "127.0.0.1:0", "upstream": "x:1", "toxics": null});
    assert_eq!(call(&rig.server, "POST", "/proxies", &empty).status, 201);
    assert_eq!(rig.server.api("GET", TOXICS, "").json(), proxy["toxics"]);
}

fn status_for_host(server: &Server, host: &str) -> u16 {
    let request = Request {
        method: "GET".to_owned(),
        path: "/version".to_owned(),
        headers: vec![("Host".to_owned(), host.to_owned())],
        ..Request::default()
    };
    server.request(&request, PATIENCE).unwrap().status
}

/// Toxiproxy answers 200 to the page of any name.
#[test]
fn mend_16_a_foreign_host_is_refused_on_loopback() {
    let server = Server::start(&[]);
    for host in [
        "127.0.0.1:8474",
        "[::1]:8474",
        "localhost",
        "LocalHost:1",
        "toxiproxy:8474",
    ] {
        assert_eq!(status_for_host(&server, host), 200, "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:8474",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
    ] {
        assert_eq!(status_for_host(&server, host), 403, "{host}");
    }
    create(&server, "p", "127.0.0.1:9");
}

/// Toxiproxy has no such flag.
#[test]
fn mend_16_names_can_be_allowed() {
    let server = Server::start(&[
        "--allow-host",
        "a.example,b.example",
        "--allow-host=c.example",
    ]);
    for host in ["a.example", "B.example:80", "c.example."] {
        assert_eq!(status_for_host(&server, host), 200, "{host}");
    }
    assert_eq!(status_for_host(&server, "d.example"), 403);
}

/// Passes on Toxiproxy: this much stays as it is.
#[test]
fn mend_16_beyond_loopback_every_host_passes() {
    let server = Server::start(&["-host", "0.0.0.0"]);
    assert_eq!(status_for_host(&server, "toxiproxy.cluster.example"), 200);
}
