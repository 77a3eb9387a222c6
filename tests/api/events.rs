//! `GET /events` over real sockets: which events are sent, with which actor and in which order; resuming
//! a stream; and a follower that does not read, which must not delay anyone.

mod order;
mod reader;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use reader::{Frame, Reader};
use serde_json::{Value, json};
use support::{Kept, Request, Server, Upstream, upstream};

/// Creates a proxy on a free port, with more fields. Returns where it listens.
fn proxy(server: &Server, name: &str, upstream: &Upstream, extra: &Value) -> String {
    let mut body = json!({"name": name, "listen": "127.0.0.1:0", "upstream": upstream.addr()});
    let fields = body.as_object_mut().unwrap();
    fields.extend(extra.as_object().unwrap().clone());
    let made = server.api("POST", "/proxies", &body.to_string());
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["listen"].as_str().unwrap().to_owned()
}

/// Sends a request that must succeed.
fn done(server: &Server, method: &str, path: &str, body: &str) {
    let answer = server.api(method, path, body);
    assert!(answer.status < 300, "{method} {path}: {}", answer.text());
}

fn names(frames: &[Frame]) -> Vec<&str> {
    frames.iter().map(|frame| frame.event.as_str()).collect()
}

/// One connection that echoes once and is closed by the client.
fn visit(listen: &str) {
    let mut client = TcpStream::connect(listen).unwrap();
    client.write_all(b"hello").unwrap();
    client.read_exact(&mut [0; 5]).unwrap();
}

#[test]
fn what_happens_is_told_in_order() {
    let server = Server::start(&[]);
    let echo = upstream::echo();
    let mut events = Reader::follow(&server, "");
    let toxics = json!({"toxics": [{"type": "latency", "attributes": {"latency": 1}}]});
    let listen = proxy(&server, "web", &echo, &toxics);
    visit(&listen);
    let seen = events.take(5);
    let expected = [
        "proxy.created",
        "toxic.added",
        "proxy.enabled",
        "connection.opened",
        "connection.ended",
    ];
    assert_eq!(names(&seen), expected);
    assert_eq!(seen[0].data["listen"], listen.as_str());
    let opened = &seen[3].data;
    assert_eq!(opened["toxics"], json!(["latency_downstream"]));
    assert_eq!(opened["upstream"], echo.addr().as_str());
    let ended = &seen[4].data;
    assert_eq!(ended["connection"], 1);
    assert_eq!(ended["client"], opened["client"]);
    assert_eq!(ended["reason"], "client_closed");
    assert_eq!(ended["sent"], json!({"upstream": 5, "downstream": 5}));
    assert_eq!(ended["touched"][0]["name"], "latency_downstream");
    assert_eq!(ended["touched"][0]["hits"]["bytes"], 5);

    done(&server, "PATCH", "/proxies/web", r#"{"enabled": false}"#);
    done(&server, "POST", "/reset", "");
    let toxic = r#"{"type": "timeout", "name": "t", "attributes": {"timeout": 1}}"#;
    done(&server, "POST", "/proxies/web/toxics", toxic);
    let mut client = TcpStream::connect(&listen).unwrap();
    client.write_all(b"hello").unwrap();
    assert_eq!(client.read(&mut [0; 5]).unwrap(), 0, "closed by the toxic");
    let change = r#"{"attributes": {"timeout": 2}}"#;
    let seen = events.take(6);
    done(&server, "PATCH", "/proxies/web/toxics/t", change);
    done(&server, "DELETE", "/proxies/web/toxics/t", "");
    done(&server, "DELETE", "/proxies/web", "");
    let expected = [
        "proxy.disabled",
        "toxic.removed",
        "proxy.enabled",
        "toxic.added",
        "connection.opened",
        "connection.ended",
    ];
    assert_eq!(names(&seen), expected);
    assert_eq!(seen[5].data["reason"], "toxic");
    assert_eq!(seen[5].data["toxic"], "t");
    assert_eq!(seen[5].data["touched"][0]["hits"]["closed"], 1);

    let expected = [
        "toxic.updated",
        "toxic.removed",
        "proxy.disabled",
        "proxy.deleted",
    ];
    assert_eq!(names(&events.take(4)), expected);
}

#[test]
fn updates_say_what_was_and_what_is() {
    let server = Server::start(&[]);
    let echo = upstream::echo();
    let toxics = json!({"toxics": [{"type": "latency", "name": "slow", "toxicity": 0.5,
        "attributes": {"latency": 100}}]});
    let listen = proxy(&server, "web", &echo, &toxics);
    let mut events = Reader::follow(&server, "?after=0");
    let added = &events.take(3)[1];
    assert_eq!(
        added.data["attributes"],
        json!({"latency": 100, "jitter": 0})
    );
    assert_eq!(added.data["toxicity"], 0.5);
    assert_eq!(added.data.get("changes"), None);

    let slow = "/proxies/web/toxics/slow";
    let change = r#"{"toxicity": 1, "attributes": {"latency": 200}, "duration": "1m",
        "match": {"client": "127.0.0.1"}}"#;
    done(&server, "PATCH", slow, change);
    done(&server, "PATCH", slow, r#"{"toxicity": 1}"#);
    let updated = events.take(2);
    assert_eq!(names(&updated), ["toxic.updated", "toxic.updated"]);
    let expected = json!({
        "attributes.latency": {"old": 100, "new": 200},
        "toxicity": {"old": 0.5, "new": 1},
        "duration": {"old": null, "new": "1m0s"},
        "match": {"old": null, "new": {"client": ["127.0.0.1/32"]}},
    });
    assert_eq!(updated[0].data["changes"], expected);
    assert_eq!(updated[0].data["attributes"]["latency"], 200);
    assert_eq!(updated[1].data["changes"], json!({}));

    let elsewhere = support::free_port();
    let moved =
        json!({"listen": format!("127.0.0.1:{elsewhere}"), "upstream": "127.0.0.1:9", "seed": 7});
    done(&server, "PATCH", "/proxies/web", &moved.to_string());
    let all = events.take(4);
    let expected = [
        "proxy.updated",
        "proxy.disabled",
        "proxy.updated",
        "proxy.enabled",
    ];
    assert_eq!(names(&all), expected);
    assert_eq!(
        all[0].data["changes"],
        json!({"seed": {"old": null, "new": 7}})
    );
    let addresses = json!({
        "listen": {"old": listen, "new": moved["listen"]},
        "upstream": {"old": echo.addr(), "new": "127.0.0.1:9"},
    });
    assert_eq!(all[2].data["changes"], addresses);
    assert_eq!(all[3].data.get("changes"), None);
}

#[test]
fn a_failed_dial_says_why() {
    let server = Server::start(&[]);
    let nobody = format!("127.0.0.1:{}", support::free_port());
    let long = format!("{}.invalid:1", "n".repeat(200));
    let mut events = Reader::follow(&server, "?about=connection");
    for (name, upstream, part) in [
        ("refused", nobody.as_str(), "connection refused"),
        ("long", long.as_str(), "…"),
    ] {
        let body = json!({"name": name, "listen": "127.0.0.1:0", "upstream": upstream});
        let made = server.api("POST", "/proxies", &body.to_string());
        assert_eq!(made.status, 201, "{}", made.text());
        let mut client = TcpStream::connect(made.json()["listen"].as_str().unwrap()).unwrap();
        let _ = client.read(&mut [0]);
        let ended = &events.take(1)[0];
        assert_eq!(ended.data["reason"], "upstream_unreachable");
        let error = ended.data["error"].as_str().unwrap();
        assert!(
            error.contains(part) && error.chars().count() <= 201,
            "{error}"
        );
    }
}

#[test]
fn a_toxic_that_ends_a_connection_by_going_is_told_of_with_it() {
    let server = Server::start(&[]);
    let echo = upstream::echo();
    let listen = proxy(&server, "web", &echo, &json!({}));
    let mut events = Reader::follow(&server, "?about=connection");
    let toxic = r#"{"type": "timeout", "name": "w", "attributes": {"timeout": 0}}"#;
    done(&server, "POST", "/proxies/web/toxics", toxic);
    let mut client = TcpStream::connect(&listen).unwrap();
    client.write_all(b"hello").unwrap();
    assert_eq!(events.take(1)[0].event, "connection.opened");
    done(&server, "DELETE", "/proxies/web/toxics/w", "");
    assert_eq!(client.read(&mut [0; 5]).unwrap(), 0);
    let ended = events.take(1).remove(0).data;
    assert_eq!(
        (&ended["reason"], &ended["toxic"]),
        (&json!("toxic"), &json!("w"))
    );
    assert_eq!(ended["touched"][0]["name"], "w");
    assert_eq!(ended["touched"][0]["hits"]["closed"], 1);
}

#[test]
fn why_a_connection_ended_is_told() {
    let server = Server::start(&[]);
    let (manual, refuse) = (upstream::manual(), upstream::refuse());
    let listen = proxy(&server, "web", &manual, &json!({}));
    let nobody = proxy(&server, "nobody", &refuse, &json!({}));
    let mut events = Reader::follow(&server, "?about=connection");
    let reason = |events: &mut Reader| loop {
        let frame = events.next().unwrap();
        if frame.event == "connection.ended" {
            return frame.data["reason"].as_str().unwrap().to_owned();
        }
    };
    let connect = || {
        let mut client = TcpStream::connect(&listen).unwrap();
        let mut upstream = manual.accept(Duration::from_secs(10)).unwrap();
        // Only then the connection is open, and not still being established.
        client.write_all(b"!").unwrap();
        upstream.read_exact(&mut [0]).unwrap();
        (client, upstream)
    };
    let reset = |stream: TcpStream| {
        socket2::SockRef::from(&stream)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
    };

    let (mut client, upstream) = connect();
    drop(upstream);
    assert_eq!(client.read(&mut [0; 5]).unwrap(), 0);
    drop(client);
    assert_eq!(reason(&mut events), "upstream_closed");
    let (client, _upstream) = connect();
    reset(client);
    assert_eq!(reason(&mut events), "client_reset");
    let (_client, upstream) = connect();
    reset(upstream);
    assert_eq!(reason(&mut events), "upstream_reset");
    let (_client, _upstream) = connect();
    let live = server.api("GET", "/proxies/web/connections", "").json();
    let id = &live["connections"][0]["id"];
    done(
        &server,
        "DELETE",
        &format!("/proxies/web/connections/{id}"),
        "",
    );
    assert_eq!(reason(&mut events), "killed");
    drop(TcpStream::connect(&nobody).unwrap());
    assert_eq!(reason(&mut events), "upstream_unreachable");
    let (_client, _upstream) = connect();
    done(&server, "DELETE", "/proxies/web", "");
    assert_eq!(reason(&mut events), "proxy_stopped");
}

#[test]
fn who_asked_is_told() {
    let server = Server::start(&[]);
    let mut events = Reader::follow(&server, "");
    let session = r#"{"name": "run", "ttl": "300ms"}"#;
    let request = Request {
        method: "POST".into(),
        path: "/sessions".into(),
        headers: vec![("User-Agent".into(), "suite/1.0".into())],
        body: session.into(),
        ..Request::default()
    };
    let started = server.request(&request, Duration::from_secs(10)).unwrap();
    assert_eq!(started.status, 201);
    let echo = upstream::echo();
    proxy(&server, "web", &echo, &json!({"session": "run"}));
    let seen = events.take(3);
    assert_eq!(
        names(&seen),
        ["session.started", "proxy.created", "proxy.enabled"]
    );
    assert_eq!(seen[0].data["by"]["user_agent"], "suite/1.0");
    let client = seen[0].data["by"]["client"].as_str().unwrap();
    assert!(client.starts_with("127.0.0.1:"), "{client}");
    assert_eq!(seen[1].data["session"], "run");
    assert!(seen[1].data["by"]["client"].is_string());
    // No client requests what a timer does.
    let seen = events.take(3);
    assert_eq!(
        names(&seen),
        ["session.expired", "proxy.disabled", "proxy.deleted"]
    );
    for frame in seen {
        assert_eq!(frame.data["session"], "run", "{frame:?}");
        assert_eq!(frame.data.get("by"), None, "{frame:?}");
    }
}

#[test]
fn a_toxic_s_times_are_told() {
    let server = Server::start(&[]);
    let echo = upstream::echo();
    proxy(&server, "web", &echo, &json!({}));
    let mut events = Reader::follow(&server, "?about=toxic");
    let toxic = json!({
        "type": "noop", "start_after": "20ms", "duration": "20ms", "every": "50ms"
    });
    done(&server, "POST", "/proxies/web/toxics", &toxic.to_string());
    let seen = events.take(5);
    let mut expected = vec!["toxic.added"];
    expected.extend(["toxic.started", "toxic.paused"].repeat(2));
    assert_eq!(names(&seen), expected);
    done(&server, "POST", "/reset", "");
    let once = r#"{"type": "noop", "name": "once", "duration": "20ms"}"#;
    done(&server, "POST", "/proxies/web/toxics", once);
    let mut seen = std::iter::from_fn(|| events.next());
    let expired = seen.find(|frame| frame.event == "toxic.expired").unwrap();
    assert_eq!(expired.data["toxic"], "once");
    assert_eq!(expired.data.get("by"), None);
}

#[test]
fn a_stream_is_taken_up_where_it_broke_off() {
    let server = Server::start(&[]);
    let echo = upstream::echo();
    let mut events = Reader::follow(&server, "");
    proxy(&server, "a", &echo, &json!({"enabled": false}));
    let last = events.take(1).remove(0).id;
    drop(events);
    proxy(&server, "b", &echo, &json!({"enabled": false}));
    proxy(&server, "c", &echo, &json!({"enabled": false}));
    let header = format!("Last-Event-ID: {last}\r\n");
    let mut again = Reader::follow_with(&server, "", &header);
    let seen = again.take(2);
    assert_eq!(
        (&seen[0].data["proxy"], &seen[1].data["proxy"]),
        (&json!("b"), &json!("c"))
    );

    let mut all = Reader::follow(&server, "?after=0&follow=false");
    assert_eq!(all.rest().len(), 3);
    let mut of_b = Reader::follow(&server, "?after=0&follow=false&proxy=b");
    assert_eq!(of_b.rest().len(), 1);
    let mut of_other_run = Reader::follow(&server, "?after=0-2&follow=false");
    let seen = of_other_run.rest();
    assert_eq!(names(&seen)[..2], ["missed", "proxy.created"]);
    assert_eq!(seen[0].data, json!({"event": "missed", "missed": null}));
}

#[test]
fn what_cannot_be_meant_is_a_400() {
    let server = Server::start(&[]);
    for (query, named) in [
        ("after=x", "after is"),
        ("after=0000000a-", "after is"),
        ("about=everything", "about has"),
        ("follow=maybe", "follow is"),
    ] {
        let answer = server.api("GET", &format!("/events?{query}"), "");
        assert_eq!(answer.status, 400, "{query}");
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(named), "{error}");
    }
}

/// A follower that does not read falls behind, is told how many events it missed, and delays no
/// one.
#[test]
fn a_follower_that_does_not_read_is_told_what_it_missed() {
    const CHANGES: usize = 3000;
    let server = Server::start(&[]);
    let echo = upstream::echo();
    proxy(&server, "web", &echo, &json!({}));
    // The event buffer and the buffers of two sockets hold fewer events with a name of this length.
    let name = "n".repeat(4000);
    let toxic = json!({"name": name, "type": "noop"}).to_string();
    done(&server, "POST", "/proxies/web/toxics", &toxic);
    let mut slow = Reader::follow(&server, "");
    let path = format!("/proxies/web/toxics/{name}");
    let mut slowest = Duration::ZERO;
    let mut client = Kept::open(server.api_addr(), Duration::from_secs(300)).unwrap();
    for _ in 0..CHANGES {
        let start = Instant::now();
        client.send("PATCH", &path, "{}").unwrap();
        assert_eq!(client.answer().unwrap().status, 200);
        slowest = slowest.max(start.elapsed());
    }
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    done(&server, "DELETE", "/proxies/web", "");
    let (mut told, mut missed) = (0, 0);
    loop {
        let frame = slow.next().unwrap();
        match frame.event.as_str() {
            "missed" => missed += frame.data["missed"].as_u64().unwrap(),
            "toxic.updated" => told += 1,
            "proxy.deleted" => break,
            _ => {}
        }
    }
    assert!(missed > 0, "nothing was missed");
    assert_eq!(told + missed, CHANGES as u64);
}
