//! Compares the document with the executable: every route and method, with valid and invalid
//! bodies.

use std::collections::BTreeSet;
use std::net::TcpListener;

use serde_json::{Value, json};

use super::additions;
use super::document::{METHODS, TEXT};
use super::profiles;
use super::walk::{Walk, fill};
use support::{Server, free_port};

const PROXIES: &str = "/proxies";
const POPULATE: &str = "/populate";
const PROXY: &str = "/proxies/{proxy}";
const TOXICS: &str = "/proxies/{proxy}/toxics";
const TOXIC: &str = "/proxies/{proxy}/toxics/{toxic}";
const RENEW: &str = "/sessions/{session}/renew";

/// Bodies that no route accepts.
const NONSENSE: [&str; 6] = ["", "{", "[1]", "5", "\"text\"", "{\"a\":01}"];

fn proxies(walk: &mut Walk, taken: &str) {
    let none = [""; 2];
    let free = format!("127.0.0.1:{}", free_port());
    let plain = json!({"name": "p", "listen": free, "upstream": "127.0.0.1:9"});
    walk.expect(201, "POST", PROXIES, none, &plain);
    walk.expect(409, "POST", PROXIES, none, &plain);
    walk.expect(
        201,
        "POST",
        PROXIES,
        none,
        &json!({"name": "with \"toxics\"/ä", "enabled": null,
        "upstream": "x:1", "listen": "127.0.0.1:0", "unknown": {}, "toxics": [{"type": "noop"},
        {"type": "slicer", "stream": "UPstream", "attributes": {"average_size": 5}}]}),
    );
    for bad in [
        json!({"name": "", "upstream": "x:1"}),
        json!({"name": "n"}),
        json!({"name": 5}),
        json!({"name": "n", "upstream": "x:1", "toxics": [{"type": "nope"}]}),
    ] {
        walk.expect(400, "POST", PROXIES, none, &bad);
        walk.expect(400, "POST", POPULATE, none, &json!([bad]));
    }
    populate(walk, taken, &plain);
    walk.expect(200, "GET", PROXIES, none, &Value::Null);
    for name in ["p", "nope"] {
        let status = if name == "p" { 200 } else { 404 };
        walk.expect(status, "GET", PROXY, [name, ""], &Value::Null);
        walk.expect(status, "GET", TOXICS, [name, ""], &Value::Null);
        for method in ["POST", "PATCH"] {
            updates(walk, method, name, taken, &free);
        }
    }
}

fn populate(walk: &mut Walk, taken: &str, plain: &Value) {
    let none = [""; 2];
    let busy = json!({"name": "busy", "listen": taken, "upstream": "x:1"});
    walk.expect(500, "POST", PROXIES, none, &busy);
    walk.expect(500, "POST", POPULATE, none, &json!([busy]));
    walk.expect(500, "POST", POPULATE, none, &json!([plain, busy]));
    walk.expect(201, "POST", POPULATE, none, &json!([plain]));
    walk.expect(201, "POST", POPULATE, none, &json!([]));
    walk.ask("POST", POPULATE, none, "null");
}

fn updates(walk: &mut Walk, method: &str, name: &str, taken: &str, free: &str) {
    for (status, body) in [
        (200, json!({})),
        (
            200,
            json!({"enabled": false, "upstream": null, "toxics": "whatever"}),
        ),
        (
            200,
            json!({"enabled": true, "listen": free, "upstream": "127.0.0.1:8"}),
        ),
        (400, json!({"enabled": "no"})),
        (400, json!({"listen": 80})),
        (500, json!({"listen": taken})),
        (500, json!({"listen": "garbage"})),
        (200, json!({"enabled": true, "listen": free})),
    ] {
        let status = if name == "p" { status } else { 404 };
        walk.expect(status, method, PROXY, [name, ""], &body);
    }
}

fn toxics(walk: &mut Walk) {
    let p = ["p", ""];
    let latency = json!({"type": "latency", "name": "t", "attributes": {"latency": 5}});
    walk.expect(200, "POST", TOXICS, p, &latency);
    walk.expect(409, "POST", TOXICS, p, &latency);
    walk.expect(404, "POST", TOXICS, ["nope", ""], &latency);
    for good in [
        json!({"type": "noop"}),
        json!({"type": "slicer", "stream": "Upstream",
        "attributes": {"average_size": 1, "size_variation": null, "more": [], "delay": -4}}),
        json!({"type": "bandwidth", "toxicity": -1.5, "attributes": null}),
    ] {
        walk.expect(200, "POST", TOXICS, p, &good);
    }
    for bad in [
        json!({}),
        json!({"type": "nope"}),
        json!({"type": "noop", "stream": "up"}),
        json!({"type": "noop", "name": "x", "toxicity": "half"}),
        json!({"type": "timeout", "attributes": {"timeout": 1.5}}),
    ] {
        walk.expect(400, "POST", TOXICS, p, &bad);
        let schema = walk.document.schema("NewToxic");
        assert!(
            !walk.document.takes(&schema, &bad),
            "the document takes {bad}"
        );
    }
}

fn toxic_updates(walk: &mut Walk) {
    for names in [["p", "t"], ["p", "nope"], ["nope", "t"]] {
        let status = |status| if names == ["p", "t"] { status } else { 404 };
        walk.expect(status(200), "GET", TOXIC, names, &Value::Null);
        for method in ["POST", "PATCH"] {
            for (good, body) in [
                (true, json!({"toxicity": 0.25})),
                (
                    true,
                    json!({"toxicity": null, "attributes": {"jitter": 4}, "type": "noop"}),
                ),
                (true, json!({"attributes": null})),
                (false, json!({"attributes": {"jitter": "4"}})),
                (false, json!({"toxicity": "4"})),
            ] {
                walk.expect(
                    status(if good { 200 } else { 400 }),
                    method,
                    TOXIC,
                    names,
                    &body,
                );
            }
        }
    }
}

fn bodies(walk: &mut Walk) {
    let operations = walk.document.operations();
    let huge = format!("{{\"a\":\"{}\"}}", "x".repeat(16 << 20));
    for (route, method) in operations {
        if walk.document.operation(&route, &method)["requestBody"].is_null() {
            continue;
        }
        for nonsense in NONSENSE {
            let answer = walk.ask(&method, &route, ["p", "t"], nonsense);
            let empty = route == RENEW && nonsense.is_empty();
            assert_eq!(
                answer.status,
                if empty { 200 } else { 400 },
                "{route} {nonsense}"
            );
        }
        let answer = walk.ask(&method, &route, ["p", "t"], &huge);
        assert_eq!(answer.status, 413, "{method} {route}");
    }
}

fn refusals(walk: &mut Walk) {
    let operations = walk.document.operations();
    for (route, method) in &operations {
        let answer = walk.ask_with(method, route, ("User-Agent", "Mozilla/5.0"));
        assert_eq!(answer.status, 403, "{method} {route}");
        walk.check(method, route, "", &answer);
        // These are rejected before they get an id.
        for foreign in [("Host", "evil.example"), ("Sec-Fetch-Site", "cross-site")] {
            let answer = walk.ask_with(method, route, foreign);
            assert_eq!(answer.status, 403, "{method} {route} {foreign:?}");
            let kind = answer.header("content-type");
            assert_eq!(kind.as_deref(), Some("text/plain; charset=utf-8"));
        }
    }
    let routes: BTreeSet<String> = operations.iter().map(|(route, _)| route.clone()).collect();
    for route in routes.iter().filter(|route| *route != "/metrics") {
        for method in METHODS {
            if !operations.contains(&(route.clone(), method.to_owned())) {
                let answer = walk.server.api(method, &fill(route, "p", "t"), "");
                assert_eq!(answer.status, 405, "{method} {route}");
            }
        }
    }
}

fn the_rest(walk: &mut Walk, taken: &str) {
    for route in [
        "/version",
        "/metrics",
        "/config",
        "/toxic-types",
        "/openapi.json",
    ] {
        walk.expect(200, "GET", route, [""; 2], &Value::Null);
    }
    walk.expect(204, "POST", "/reset", [""; 2], &Value::Null);
    let off = json!({"name": "off", "listen": taken, "upstream": "x:1", "enabled": false});
    walk.expect(201, "POST", PROXIES, [""; 2], &off);
    walk.expect(500, "POST", "/reset", [""; 2], &Value::Null);
    walk.expect(
        200,
        "POST",
        TOXICS,
        ["p", ""],
        &json!({"type": "noop", "name": "t"}),
    );
    for (status, toxic) in [(204, "t"), (404, "t")] {
        walk.expect(status, "DELETE", TOXIC, ["p", toxic], &Value::Null);
    }
    for status in [204, 404] {
        walk.expect(status, "DELETE", PROXY, ["p", ""], &Value::Null);
    }
}

/// Every answer that the document promises is seen, and no other.
#[test]
fn every_route_answers_as_documented() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    let mut walk = Walk::start();
    proxies(&mut walk, &taken);
    toxics(&mut walk);
    toxic_updates(&mut walk);
    additions::sessions(&mut walk);
    additions::toxics(&mut walk);
    profiles::profiles(&mut walk);
    additions::proxies(&mut walk);
    additions::connections(&mut walk);
    additions::events(&mut walk);
    bodies(&mut walk);
    refusals(&mut walk);
    the_rest(&mut walk, &taken);
    for (route, method) in walk.document.operations() {
        let operation = walk.document.operation(&route, &method);
        for status in operation["responses"].as_object().unwrap().keys() {
            // Tested in tests/api/contract/flags.rs; and 408 takes a minute.
            let elsewhere = status == "401" || (route == "/metrics" && status == "404");
            // And 503 is tested in tests/command/ends/drain.rs.
            let elsewhere = elsewhere || status == "408" || status == "503";
            let one = (route.clone(), method.clone(), status.clone());
            assert!(elsewhere || walk.seen.contains(&one), "never seen: {one:?}");
        }
    }
}

#[test]
fn the_document_is_served_as_it_is() {
    let server = Server::start(&[]);
    let answer = server.api("GET", "/openapi.json", "");
    assert!(answer.text() == TEXT, "another document is served");
}
