//! Toxics that act on HTTP requests, over real sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::{Value, json};

use support::Server;
use support::rig::{PATIENCE, call};

const TOXICS: &str = "/proxies/api/toxics";

/// Answers every request with 200 and the path as its body, on connections that stay open.
fn upstream() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || serve(&client));
        }
    });
    address
}

fn serve(mut client: &TcpStream) {
    let mut lines = BufReader::new(client).lines();
    while let Some(Ok(request)) = lines.next() {
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        while lines
            .next()
            .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
        {}
        let length = path.len();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{path}");
        if client.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// A proxy `api` in front of the upstream.
struct Rig {
    server: Server,
    listen: String,
}

impl Rig {
    fn start() -> Self {
        Rig::with(&[])
    }

    fn with(flags: &[&str]) -> Self {
        let server = Server::start(flags);
        let proxy = json!({"name": "api", "listen": "127.0.0.1:0", "upstream": upstream()});
        let made = call(&server, "POST", "/proxies", &proxy);
        assert_eq!(made.status, 201, "{}", made.text());
        let listen = made.json()["listen"].as_str().unwrap().to_owned();
        Rig { server, listen }
    }

    fn add(&self, toxic: &Value) {
        let added = call(&self.server, "POST", TOXICS, toxic);
        assert_eq!(added.status, 200, "{toxic}: {}", added.text());
    }

    fn stats(&self, toxic: &str) -> Value {
        let path = format!("{TOXICS}/{toxic}/stats");
        call(&self.server, "GET", &path, &Value::Null).json()
    }

    fn connect(&self) -> Client {
        let stream = TcpStream::connect(&self.listen).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Client(BufReader::new(stream))
    }
}

struct Client(BufReader<TcpStream>);

impl Client {
    /// The status and the body of the answer to a request.
    fn get(&mut self, path: &str) -> (u16, String) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut length = 0;
        loop {
            line.clear();
            self.0.read_line(&mut line).unwrap();
            let field = line.trim_end().to_lowercase();
            if field.is_empty() {
                break;
            }
            if let Some(value) = field.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        (status, String::from_utf8(body).unwrap())
    }
}

#[test]
fn the_first_two_requests_that_match_are_answered_with_429_on_an_open_connection() {
    let rig = Rig::start();
    let mut client = rig.connect();
    assert_eq!(client.get("/v1/chat"), (200, "/v1/chat".into()));
    rig.add(&json!({"name": "limited", "type": "respond", "attributes": {"status": 429, "retry_after": 2},
        "body": "busy", "match": {"http": {"path": "/v1/*", "requests": "1-2"}}}));
    assert_eq!(client.get("/other"), (200, "/other".into()));
    assert_eq!(client.get("/v1/chat"), (429, "busy".into()));
    // Requests are counted over all connections.
    let mut other = rig.connect();
    assert_eq!(other.get("/v1/chat"), (429, "busy".into()));
    assert_eq!(other.get("/v1/chat"), (200, "/v1/chat".into()));
    let stats = rig.stats("limited");
    let expected = json!({"seen": 4, "matched": 3, "acted": 2, "by_status": {"429": 2}});
    assert_eq!(stats["requests"], expected, "{stats}");
    let proxy = call(&rig.server, "GET", "/proxies/api/stats", &Value::Null).json();
    // The first request came when there was no rule yet.
    let expected = json!({"seen": 4, "matched": 3, "acted": 2, "by_status": {"200": 2, "429": 2}});
    assert_eq!(proxy["requests"], expected, "{proxy}");
    assert_eq!((&proxy["accepted"], &proxy["open"]), (&json!(2), &json!(2)));
    let shown = call(
        &rig.server,
        "GET",
        "/proxies/api/connections/2",
        &Value::Null,
    )
    .json();
    assert_eq!(
        (&shown["protocol"], &shown["requests"]),
        (&json!("http/1.1"), &json!(2)),
        "{shown}"
    );
    assert_eq!(shown["toxics"][0]["applies"], json!(true), "{shown}");
}

#[test]
fn latency_with_a_match_delays_the_matching_answer_only() {
    let rig = Rig::start();
    rig.add(
        &json!({"name": "slow", "type": "latency", "attributes": {"latency": 300},
        "match": {"http": {"path": "/search*"}}}),
    );
    let mut client = rig.connect();
    assert_eq!(client.get("/fast").0, 200);
    let stats = rig.stats("slow");
    assert_eq!(
        (&stats["requests"]["acted"], &stats["hits"]["delayed"]),
        (&json!(0), &json!(0)),
        "{stats}"
    );
    let start = std::time::Instant::now();
    assert_eq!(client.get("/search?q=1"), (200, "/search?q=1".into()));
    assert!(start.elapsed().as_millis() >= 300);
    let stats = rig.stats("slow");
    assert_eq!(stats["requests"]["by_status"], json!({"200": 1}), "{stats}");
    // A change of the match takes effect on the next request of the open connection.
    let change = json!({"match": {"http": {"path": "/nothing"}}});
    let changed = call(&rig.server, "PATCH", &format!("{TOXICS}/slow"), &change);
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(client.get("/search?q=2").0, 200);
    assert_eq!(rig.stats("slow")["requests"]["acted"], json!(1));
}

#[test]
fn a_match_that_contradicts_its_toxic_is_refused() {
    let rig = Rig::start();
    let http = json!({"http": {"path": "/"}});
    for toxic in [
        json!({"type": "latency", "stream": "upstream", "match": http}),
        json!({"type": "latency", "phase": "connect", "match": http}),
        json!({"type": "latency", "after": {"bytes": 5}, "match": http}),
        json!({"type": "slow_close", "match": http}),
        json!({"type": "respond", "match": {"http": {"status": 500}}}),
    ] {
        let answer = call(&rig.server, "POST", TOXICS, &toxic);
        assert_eq!(answer.status, 400, "{toxic}: {}", answer.text());
    }
    assert_eq!(
        call(&rig.server, "GET", TOXICS, &Value::Null).json(),
        json!([])
    );
}

#[test]
fn requests_have_series_once_one_was_seen() {
    let rig = Rig::with(&["-proxy-metrics"]);
    let text = || call(&rig.server, "GET", "/metrics", &Value::Null).text();
    let mut client = rig.connect();
    assert_eq!(client.get("/plain").0, 200);
    assert!(!text().contains("requests"), "{}", text());
    rig.add(
        &json!({"name": "busy", "type": "respond", "attributes": {"status": 429},
        "match": {"http": {"path": "/busy"}}}),
    );
    assert!(!text().contains("requests"), "{}", text());
    assert_eq!(client.get("/busy").0, 429);
    assert_eq!(client.get("/plain").0, 200);
    let text = text();
    let toxic = r#"{proxy="api",stream="downstream",toxic="busy",type="respond"}"#;
    for line in [
        r#"aconite_proxy_requests_seen_total{proxy="api"} 2"#,
        r#"aconite_proxy_answers_total{proxy="api",status="200"} 1"#,
        r#"aconite_proxy_answers_total{proxy="api",status="429"} 1"#,
        &format!("aconite_toxic_requests_seen_total{toxic} 2"),
        &format!("aconite_toxic_requests_acted_total{toxic} 1"),
        &format!("aconite_toxic_early_retries_total{toxic} 0"),
    ] {
        assert!(text.lines().any(|one| one == line), "{line}\n{text}");
    }
}
