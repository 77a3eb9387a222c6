//! Requests over thousands of proxies: what else is asked meanwhile is answered soon.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::refusal::state;
use support::{Request, Response, Server, is_full_size};

/// How many proxies are replaced.
fn proxies() -> usize {
    if is_full_size() { 9000 } else { 3000 }
}

/// What others may wait while a request takes `took`. Before such requests were cut into slices it was as long as
/// they took, however busy the machine; so a third of that tells the two apart where a second is too little.
fn soon(took: Duration) -> Duration {
    Duration::from_secs(1).max(took / 3)
}

/// What the long request may take.
const LONG: Duration = Duration::from_secs(60);

/// Whether so many proxies, and as many again while they are replaced, can be there at a time.
fn has_descriptors() -> bool {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let hard = line.and_then(|line| line.split_ascii_whitespace().nth(4)?.parse().ok());
    hard.is_some_and(|hard: usize| hard > 4 * proxies())
}

/// Sends a request, and others until it is answered. Returns the longest that one of these took, and how
/// long the request took.
fn meanwhile(server: &Server, path: &str, body: &Value) -> (Response, Duration, Duration) {
    let request = Request {
        method: "POST".to_owned(),
        path: path.to_owned(),
        body: body.to_string().into_bytes(),
        ..Request::default()
    };
    let (mut longest, begun) = (Duration::ZERO, Instant::now());
    let answer: io::Result<Response> = thread::scope(|scope| {
        let asked = scope.spawn(|| server.request(&request, LONG));
        while !asked.is_finished() {
            let start = Instant::now();
            assert_eq!(server.api("GET", "/proxies/p0", "").status, 200);
            let toxic = r#"{"type": "noop", "name": "t"}"#;
            assert_eq!(
                server
                    .api("POST", "/proxies/bystander/toxics", toxic)
                    .status,
                200
            );
            let removed = server.api("DELETE", "/proxies/bystander/toxics/t", "");
            // A reset may have been there first.
            assert!([204, 404].contains(&removed.status), "{}", removed.text());
            longest = longest.max(start.elapsed());
            thread::sleep(Duration::from_millis(2));
        }
        asked.join().expect("the request does not panic")
    });
    let answer = answer.expect("the long request is answered");
    (answer, longest, begun.elapsed())
}

fn list(upstream: &str) -> Value {
    let entry = |number| json!({"name": format!("p{number}"), "listen": "127.0.0.1:0", "upstream": upstream});
    (0..proxies()).map(entry).collect()
}

#[test]
fn others_are_answered_while_thousands_of_proxies_are_replaced() {
    if !has_descriptors() {
        eprintln!(
            "skipped: fewer than {} descriptors are allowed",
            4 * proxies()
        );
        return;
    }
    let server = Server::start(&[]);
    let first = json!([{"name": "p0", "listen": "127.0.0.1:0", "upstream": "u:0"},
        {"name": "bystander", "listen": "127.0.0.1:0", "upstream": "u:0"}]);
    assert_eq!(
        server.api("POST", "/populate", &first.to_string()).status,
        201
    );
    let mut waited = Vec::new();
    let mut go = |what: &str, status: u16, path: &str, body: &Value| {
        let (answer, longest, took) = meanwhile(&server, path, body);
        // A port that was free for a moment may be another test's by now.
        let taken = answer.text().contains("address already in use");
        assert!(
            answer.status == status || taken,
            "{what}: {:.300}",
            answer.text()
        );
        waited.push((what.to_owned(), longest, took));
    };
    go("create", 201, "/populate", &list("u:1"));
    go("replace", 201, "/populate", &list("u:2"));
    let mut disabled = state(&server);
    let disabled = disabled.as_object_mut().expect("proxies by name");
    let disabled = disabled.values_mut().map(|proxy| {
        proxy["upstream"] = "u:3".into();
        proxy["enabled"] = false.into();
        proxy.take()
    });
    let disabled: Value = disabled
        .filter(|proxy| proxy["name"] != "bystander")
        .collect();
    go("disable", 201, "/populate", &disabled);
    go("reset", 204, "/reset", &Value::Null);
    let toxic = |number| json!({"type": "latency", "name": format!("t{number}")});
    let toxics: Value = (0..100).map(toxic).collect();
    let entry = |number| {
        json!({"name": format!("q{number}"), "listen": "127.0.0.1:0", "upstream": "u:1", "enabled": false,
        "toxics": toxics})
    };
    go("toxics", 201, "/populate", &(0..400).map(entry).collect());
    assert!(
        waited
            .iter()
            .all(|(_, longest, took)| *longest < soon(*took)),
        "{waited:?}"
    );
}
