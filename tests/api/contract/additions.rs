//! Compares the document with the executable for what Toxiproxy does not have: sessions,
//! connections, statistics, and additional keys of bodies.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::walk::{Walk, frames};
use support::{free_port, upstream};

const PROXIES: &str = "/proxies";
const POPULATE: &str = "/populate";
const PROXY: &str = "/proxies/{proxy}";
const TOXICS: &str = "/proxies/{proxy}/toxics";
const TOXIC: &str = "/proxies/{proxy}/toxics/{toxic}";
const STATS: &str = "/proxies/{proxy}/toxics/{toxic}/stats";
const PROXY_STATS: &str = "/proxies/{proxy}/stats";
const CONNECTIONS: &str = "/proxies/{proxy}/connections";
const CONNECTION: &str = "/proxies/{proxy}/connections/{connection}";
const SESSIONS: &str = "/sessions";
const SESSION: &str = "/sessions/{session}";
const RENEW: &str = "/sessions/{session}/renew";
const RESET: &str = "/reset";
const EVENTS: &str = "/events";

const NONE: [&str; 2] = [""; 2];

/// Creates a session `p` and keeps it.
pub fn sessions(walk: &mut Walk) {
    walk.expect(200, "GET", SESSIONS, NONE, &Value::Null);
    let long = json!({"name": "p", "ttl": "24h"});
    walk.expect(201, "POST", SESSIONS, NONE, &long);
    walk.expect(409, "POST", SESSIONS, NONE, &long);
    for good in [
        json!({}),
        json!({"name": null, "ttl": null, "more": []}),
        json!({"name": "", "ttl": 3_600_000}),
        json!({"name": "odd \"name\" ä?#", "ttl": "1h0m0.5s"}),
    ] {
        walk.expect(201, "POST", SESSIONS, NONE, &good);
    }
    for bad in [
        json!({"ttl": "soon"}),
        json!({"ttl": 0}),
        json!({"name": 5}),
    ] {
        walk.expect(400, "POST", SESSIONS, NONE, &bad);
        walk.expect(400, "POST", RENEW, ["p", ""], &bad);
    }
    for name in ["a/b", ".", "..", &"x".repeat(4097)] {
        walk.expect(400, "POST", SESSIONS, NONE, &json!({"name": name}));
    }
    for (name, status) in [
        ("p", 200),
        ("odd%20%22name%22%20%C3%A4%3F%23", 200),
        ("nope", 404),
    ] {
        walk.expect(status, "GET", SESSION, [name, ""], &Value::Null);
        for body in [json!({}), json!({"ttl": "24h", "name": "other"})] {
            walk.expect(status, "POST", RENEW, [name, ""], &body);
        }
    }
    walk.expect(200, "GET", SESSIONS, NONE, &Value::Null);
    let made_up = walk.ask("POST", SESSIONS, NONE, "null").json();
    for status in [204, 404] {
        let names = [made_up["name"].as_str().unwrap(), ""];
        walk.expect(status, "DELETE", SESSION, names, &Value::Null);
    }
}

/// Toxics with every key, both next to their fields and among their attributes.
pub fn toxics(walk: &mut Walk) {
    let keys = json!({"duration": "24h", "start_after": 5, "every": "48h", "session": "p", "seed": 7,
        "replay": {"connection": 17}, "match": {"client": "10.1.2.3/8", "connections": " 1-3, 7,10-",
            "http": {"method": "POST", "path": "/v1/*", "headers": {"X-A": "1", "b": true}, "requests": " 1-2, 5-",
                     "status": "5xx", "after": {"events": 5}, "split": "events"}}});
    let mut beside = keys.clone();
    beside["type"] = "latency".into();
    let among = json!({"type": "latency", "attributes": keys});
    for body in [&beside, &among] {
        walk.expect(200, "POST", TOXICS, ["p", ""], body);
        let shown = walk
            .ask("GET", TOXIC, ["p", "latency_downstream"], "")
            .json();
        assert_eq!(shown["attributes"], json!({"latency": 0, "jitter": 0}));
        assert_eq!(shown["duration"], "24h0m0s");
        assert_eq!(
            shown["match"],
            json!({"client": ["10.0.0.0/8"], "connections": "1-3,7,10-", "http": {
                "method": ["POST"], "path": "/v1/*", "headers": {"X-A": "1", "b": true}, "requests": "1-2,5-",
                "status": "500-599", "after": {"events": 5}, "split": "events"}})
        );
        // What is shown can be sent back, both to create and to update.
        let text = shown.to_string();
        assert_eq!(
            walk.ask("PATCH", TOXIC, ["p", "latency_downstream"], &text)
                .status,
            200
        );
        walk.expect(
            204,
            "DELETE",
            TOXIC,
            ["p", "latency_downstream"],
            &Value::Null,
        );
        assert_eq!(walk.ask("POST", TOXICS, ["p", ""], &text).status, 200);
        walk.expect(
            204,
            "DELETE",
            TOXIC,
            ["p", "latency_downstream"],
            &Value::Null,
        );
    }
    for (key, value) in [
        ("duration", json!(0)),
        ("every", json!("60s")),
        ("session", json!("nope")),
        ("seed", json!("7")),
        ("replay", json!(17)),
        ("match", json!({"clients": "::1"})),
        ("match", json!({"http": {"pth": "/"}})),
        ("match", json!({"http": {"path": "~("}})),
    ] {
        for bad in [
            json!({"type": "noop", "name": "n", key: value}),
            json!({"type": "noop", "name": "n", "attributes": {key: value}}),
        ] {
            walk.expect(400, "POST", TOXICS, ["p", ""], &bad);
            let proxy = json!({"name": "n", "upstream": "x:1", "toxics": [bad]});
            walk.expect(400, "POST", PROXIES, NONE, &proxy);
            walk.expect(400, "POST", POPULATE, NONE, &json!([proxy]));
        }
    }
    let nothing = json!({"type": "noop", "name": "n", "start_after": 0, "match": {"client": []}});
    let shown = walk.ask("POST", TOXICS, ["p", ""], &nothing.to_string());
    assert_eq!(
        shown.text(),
        r#"{"attributes":{},"name":"n","type":"noop","stream":"downstream","toxicity":1}"#
    );
    walk.expect(204, "DELETE", TOXIC, ["p", "n"], &Value::Null);
    passing(walk);
    for (status, names) in [
        (200, ["p", "t"]),
        (404, ["p", "nope"]),
        (404, ["nope", "t"]),
    ] {
        walk.expect(status, "GET", STATS, names, &Value::Null);
    }
}

/// An expired toxic can be deleted and its statistics can be read, and nothing else.
fn passing(walk: &mut Walk) {
    let short = json!({"type": "noop", "name": "short", "duration": 1});
    walk.expect(200, "POST", TOXICS, ["p", ""], &short);
    while walk.ask("GET", TOXIC, ["p", "short"], "").status == 200 {}
    walk.expect(404, "PATCH", TOXIC, ["p", "short"], &json!({}));
    walk.expect(200, "GET", STATS, ["p", "short"], &Value::Null);
    walk.expect(204, "DELETE", TOXIC, ["p", "short"], &Value::Null);
}

pub fn proxies(walk: &mut Walk) {
    walk.expect(
        201,
        "POST",
        SESSIONS,
        NONE,
        &json!({"name": "s", "ttl": "24h"}),
    );
    let listen = format!("127.0.0.1:{}", free_port());
    let own = json!({"name": "own", "listen": "127.0.0.1:0", "upstream": "x:1", "seed": u64::MAX,
        "session": "s"});
    let lent = json!({"name": "lent", "listen": listen, "upstream": "x:1", "seed": null});
    for proxy in [own, lent] {
        walk.expect(201, "POST", PROXIES, NONE, &proxy);
        let mut bad = proxy;
        bad["name"] = "bad".into();
        for (key, value) in [("session", json!("nope")), ("seed", json!(-1))] {
            let mut bad = bad.clone();
            bad[key] = value;
            walk.expect(400, "POST", PROXIES, NONE, &bad);
            walk.expect(400, "POST", POPULATE, NONE, &json!([bad]));
            walk.expect(400, "PATCH", PROXY, ["p", ""], &json!({key: bad[key]}));
        }
    }
    walk.expect(200, "GET", PROXIES, NONE, &Value::Null);
    let disable = json!({"enabled": false, "session": "s", "seed": 8});
    walk.expect(200, "PATCH", PROXY, ["lent", ""], &disable);
    let lent = walk.ask("GET", PROXY, ["lent", ""], "").json();
    assert_eq!((&lent["session"], &lent["seed"]), (&json!("s"), &json!(8)));
    walk.expect(200, "GET", "/config", NONE, &Value::Null);
    walk.query(204, ("POST", RESET), NONE, "session=s");
    walk.expect(404, "GET", PROXY, ["own", ""], &Value::Null);
    assert_eq!(
        walk.ask("GET", PROXY, ["lent", ""], "").json()["enabled"],
        true
    );
    for query in [
        "session=nope",
        "session=",
        "session",
        "session=%ff&session=s",
    ] {
        walk.query(404, ("POST", RESET), NONE, query);
    }
    walk.query(204, ("POST", RESET), NONE, "proxy=lent");
    walk.query(404, ("POST", RESET), NONE, "proxy=nope");
    walk.query(400, ("POST", RESET), NONE, "proxy=lent&session=s");
    walk.expect(200, "PATCH", PROXY, ["lent", ""], &disable);
    // The disabled proxy's port is reserved, so the new one moves to a port that is not.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = json!({"listen": taken.local_addr().unwrap().to_string()});
    walk.expect(200, "PATCH", PROXY, ["lent", ""], &elsewhere);
    walk.expect(500, "DELETE", SESSION, ["s", ""], &Value::Null);
    walk.expect(404, "DELETE", SESSION, ["s", ""], &Value::Null);
    walk.expect(204, "DELETE", PROXY, ["lent", ""], &Value::Null);
}

pub fn connections(walk: &mut Walk) {
    let echo = upstream::echo();
    let proxy = json!({"name": "live", "listen": "127.0.0.1:0", "upstream": echo.addr(), "toxics": [
        {"type": "latency", "name": "t", "attributes": {"latency": 1}},
        {"type": "bandwidth", "stream": "upstream", "attributes": {"rate": 1000}}]});
    walk.expect(201, "POST", PROXIES, NONE, &proxy);
    let listen = walk.ask("GET", PROXY, ["live", ""], "").json()["listen"].clone();
    let mut clients: Vec<TcpStream> = Vec::new();
    // A proxy that looks at no request has no counts of them.
    let stats = walk.ask("GET", PROXY_STATS, ["live", ""], "").json();
    assert_eq!(stats, json!({"name": "live", "accepted": 0, "open": 0}));
    for _ in 0..2 {
        let mut client = TcpStream::connect(listen.as_str().unwrap()).unwrap();
        client.write_all(b"bytes").unwrap();
        client.read_exact(&mut [0; 5]).unwrap();
        clients.push(client);
    }
    let web =
        json!({"name": "web", "listen": "127.0.0.1:0", "upstream": echo.addr(), "http": true});
    walk.expect(201, "POST", PROXIES, NONE, &web);
    let stats = walk.ask("GET", PROXY_STATS, ["web", ""], "").json();
    assert_eq!(stats["requests"]["seen"], 0, "{stats}");
    walk.ask("DELETE", PROXY, ["web", ""], "");
    walk.expect(404, "GET", PROXY_STATS, ["web", ""], &Value::Null);
    let live = ["live", ""];
    for (query, ids) in [
        ("", vec![1, 2]),
        ("limit=1", vec![1]),
        ("after=1&limit=10000", vec![2]),
        ("after=18446744073709551615", vec![]),
        ("other=%zz&&=", vec![1, 2]),
    ] {
        let list = walk.query(200, ("GET", CONNECTIONS), live, query).json();
        let listed = list["connections"].as_array().unwrap();
        assert_eq!(
            listed.iter().map(|one| &one["id"]).collect::<Vec<_>>(),
            ids,
            "{query}"
        );
        assert_eq!(list["open"], 2);
    }
    for query in [
        "limit=0",
        "limit=10001",
        "limit=1.5",
        "limit=",
        "after=-1",
        "after=%2B1",
    ] {
        walk.query(400, ("GET", CONNECTIONS), live, query);
    }
    walk.query(404, ("GET", CONNECTIONS), ["nope", ""], "limit=0");
    for (id, state) in [
        ("1", "open"),
        ("3", "closed"),
        ("18446744073709551615", "closed"),
    ] {
        let shown = walk.ask("GET", CONNECTION, ["live", id], "").json();
        assert_eq!(shown["state"], state);
        assert_eq!(shown["toxics"].as_array().unwrap().len(), 2);
    }
    for names in [
        ["live", "0"],
        ["live", "-1"],
        ["live", "%2B1"],
        ["live", "x"],
        ["nope", "1"],
    ] {
        walk.expect(404, "GET", CONNECTION, names, &Value::Null);
        walk.expect(404, "DELETE", CONNECTION, names, &Value::Null);
    }
    for (status, id, query) in [
        (400, "1", "how=nicely"),
        (204, "1", "how=fin"),
        (204, "2", "how=rst&how=nicely"),
        (404, "3", "how=rst"),
    ] {
        walk.query(status, ("DELETE", CONNECTION), ["live", id], query);
    }
    for toxic in ["t", "bandwidth_upstream"] {
        let stats = walk.ask("GET", STATS, ["live", toxic], "").json();
        assert_eq!(stats["hits"]["connections"], 2, "{stats}");
    }
    walk.expect(204, "DELETE", PROXY, live, &Value::Null);
}

/// Every event matches the document, and every event name is seen.
pub fn events(walk: &mut Walk) {
    let proxy = json!({"name": "live", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"});
    walk.expect(201, "POST", PROXIES, NONE, &proxy);
    let mine = json!([{"name": "live", "upstream": "127.0.0.1:8", "session": "p"}]);
    walk.expect(409, "POST", POPULATE, NONE, &mine);
    let short = json!({"name": "short", "ttl": "10ms"});
    walk.expect(201, "POST", SESSIONS, NONE, &short);
    let timed = json!({"type": "noop", "name": "timed", "start_after": "10ms", "duration": "10ms",
        "every": "30ms"});
    walk.expect(200, "POST", TOXICS, ["live", ""], &timed);
    let once = json!({"type": "noop", "name": "once", "duration": "10ms"});
    walk.expect(200, "POST", TOXICS, ["live", ""], &once);
    let deadline = Instant::now() + Duration::from_secs(20);
    let unseen = loop {
        let unseen = unseen_events(walk);
        if unseen.is_empty() || Instant::now() > deadline {
            break unseen;
        }
        thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(unseen, BTreeSet::new());
    walk.expect(204, "DELETE", PROXY, ["live", ""], &Value::Null);
    for query in ["after=x", "about=weather", "follow=", "about="] {
        walk.query(400, ("GET", EVENTS), NONE, query);
    }
}

/// The documented names of which no event has been seen yet.
fn unseen_events(walk: &mut Walk) -> BTreeSet<String> {
    let answer = walk.query(200, ("GET", EVENTS), NONE, "after=0&follow=false");
    let frames = frames(&answer.text());
    let names = frames.iter().filter_map(|one| one["event"].as_str());
    let seen: BTreeSet<&str> = names.collect();
    let schemas = &walk.document.root["components"]["schemas"];
    let of_kind = [
        "ProxyEvent",
        "ToxicEvent",
        "SessionEvent",
        "OpenedEvent",
        "EndedEvent",
    ];
    let names = of_kind.iter().flat_map(|kind| {
        let names = &schemas[*kind]["properties"]["event"]["enum"];
        names.as_array().unwrap().iter().filter_map(Value::as_str)
    });
    names
        .filter(|name| !seen.contains(name))
        .map(str::to_owned)
        .collect()
}
