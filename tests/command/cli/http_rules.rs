//! Toxics that act on HTTP, by command line: those of LitmusChaos, and what aconite shows of requests.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use crate::cli::run::Client;
use support::{Server, free_port};

const PATIENCE: Duration = Duration::from_secs(30);

/// Answers every request with 200 and a body, and hands on the request's head.
fn upstream() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (heads, seen) = channel();
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let (head, _) = message(&mut BufReader::new(client.try_clone().unwrap()));
            let _ = heads.send(head);
            let fields = "Content-Type: text/css\r\nContent-Encoding: x-none\r\nContent-Length: 4";
            let answer = format!("HTTP/1.1 200 OK\r\n{fields}\r\nConnection: close\r\n\r\nreal");
            let _ = client.write_all(answer.as_bytes());
        }
    });
    (address, seen)
}

/// The head and the body of a message. A body is as long as its length or its chunks say.
fn message(stream: &mut impl BufRead) -> (String, String) {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(stream.read_line(&mut head).unwrap() > 0, "{head:?}");
    }
    let lower = head.to_lowercase();
    let length = lower
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    while lower.contains("transfer-encoding: chunked") {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        let size = usize::from_str_radix(line.trim_end(), 16).unwrap();
        let mut chunk = vec![0; size + 2];
        stream.read_exact(&mut chunk).unwrap();
        body.extend(&chunk[..size]);
        if size == 0 {
            break;
        }
    }
    (head, String::from_utf8(body).unwrap())
}

/// A server with a proxy `proxy`, as LitmusChaos names it, in front of an HTTP server.
struct Rig {
    server: Server,
    port: u16,
    seen: Receiver<String>,
}

impl Rig {
    fn new() -> Self {
        let server = Server::start(&[]);
        let (upstream, seen) = upstream();
        let port = free_port();
        let rig = Rig { server, port, seen };
        let listen = format!("0.0.0.0:{port}");
        rig.litmus(&["create", "-l", &listen, "-u", &upstream, "proxy"]);
        rig
    }

    fn litmus(&self, args: &[&str]) {
        let client = Client::new("toxiproxy-cli", self.server.port());
        let seen = client.piped(args);
        assert_eq!(
            (seen.code, seen.errors.as_str()),
            (0, ""),
            "{args:?}: {seen:?}"
        );
    }

    /// Adds a toxic as LitmusChaos does: name last, toxicity as Go prints it.
    fn add(&self, words: &[&str]) {
        let rest = ["--toxicity", "1.000000", "proxy"];
        self.litmus(&[&["toxic", "add"], words, &rest].concat());
    }

    /// The head and the body of the answer to a request.
    fn get(&self) -> (String, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
            .write_all(b"GET /page HTTP/1.1\r\nHost: a\r\nX-Kept: 1\r\n\r\n")
            .unwrap();
        message(&mut BufReader::new(stream))
    }

    /// The head of the next request that the upstream got.
    fn request(&self) -> String {
        self.seen.recv_timeout(PATIENCE).unwrap()
    }

    fn aconite(&self, line: &str) -> String {
        let client = Client::new("aconite", self.server.port());
        let words: Vec<&str> = line.split(' ').collect();
        let seen = client.piped(&words);
        assert_eq!(seen.code, 0, "{seen:?}");
        seen.output
    }
}

#[test]
fn litmus_changes_the_status_and_the_body() {
    for status in ["503", "429"] {
        let rig = Rig::new();
        rig.add(&[
            "-t",
            "status_code",
            "-a",
            &format!("status_code={status}"),
            "-a",
            "modify_response_body=1",
            "-a",
            "response_body=it's, \"busy\"",
            "-a",
            "content_type=",
            "-a",
            "content_encoding=",
        ]);
        let (head, body) = rig.get();
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        assert_eq!(body, "it's, \"busy\"", "{head}");
        // The request reaches the upstream unchanged.
        let request = rig.request();
        assert!(request.starts_with("GET /page HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("X-Kept: 1\r\n"), "{request}");
    }
}

#[test]
fn litmus_gives_a_page_that_names_the_status() {
    let rig = Rig::new();
    rig.add(&[
        "-t",
        "status_code",
        "-a",
        "status_code=500",
        "-a",
        "modify_response_body=1",
        "-a",
        "response_body=",
        "-a",
        "content_type=text/plain",
        "-a",
        "content_encoding=",
    ]);
    let (head, body) = rig.get();
    assert!(head.starts_with("HTTP/1.1 500 "), "{head}");
    assert!(
        head.to_lowercase().contains("content-type: text/plain\r\n"),
        "{head}"
    );
    assert!(body.contains("500"), "{body}");
}

#[test]
fn litmus_sets_headers_of_requests_and_of_answers() {
    let rig = Rig::new();
    let headers = r#"headers={"A":"1","B":"2, 3"}"#;
    rig.add(&[
        "-t",
        "header",
        "--upstream",
        "-a",
        headers,
        "-a",
        "mode=request",
    ]);
    let (head, body) = rig.get();
    assert_eq!(body, "real");
    assert!(!head.contains("A: 1\r\n"), "{head}");
    let request = rig.request();
    for line in ["A: 1\r\n", "B: 2, 3\r\n", "X-Kept: 1\r\n"] {
        assert!(request.contains(line), "{request}");
    }
    let rig = Rig::new();
    rig.add(&["-t", "header", "-a", headers, "-a", "mode=response"]);
    let (head, body) = rig.get();
    assert_eq!(body, "real");
    for line in ["A: 1\r\n", "B: 2, 3\r\n"] {
        assert!(head.contains(line), "{head}");
    }
    assert!(!rig.request().contains("A: 1\r\n"));
}

#[test]
fn litmus_replaces_the_body() {
    let rig = Rig::new();
    rig.add(&[
        "-t",
        "modify_body",
        "-a",
        "body={\"error\": \"no, never\"}",
        "-a",
        "content_type=application/json",
        "-a",
        "content_encoding=",
    ]);
    let (head, body) = rig.get();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert_eq!(body, "{\"error\": \"no, never\"}");
    let lower = head.to_lowercase();
    assert!(
        lower.contains("content-type: application/json\r\n"),
        "{head}"
    );
}

#[test]
fn requests_are_shown_by_stats_and_connections() {
    let rig = Rig::new();
    assert_eq!(rig.aconite("connections proxy").lines().count(), 1);
    assert!(!rig.aconite("connections proxy").contains("PROTOCOL"));
    assert!(!rig.aconite("stats proxy").contains("requests"));
    rig.aconite("toxic add proxy -t respond -n busy -a status=429 --match-path /page");
    let mut stream = TcpStream::connect(("127.0.0.1", rig.port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
        .write_all(b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    let (head, _) = message(&mut BufReader::new(stream.try_clone().unwrap()));
    assert!(head.starts_with("HTTP/1.1 429 "), "{head}");
    let stats = rig.aconite("stats proxy");
    let line = "proxy proxy: acted on 1 of 1 requests, 1 of which matched, 1 with status 429.";
    assert!(stats.contains(line), "{stats}");
    let list = rig.aconite("connections proxy");
    let rows: Vec<Vec<&str>> = list.lines().map(|row| row.split('\t').collect()).collect();
    assert_eq!(rows[0][7..], ["PROTOCOL", "REQUESTS", "TOXICS"]);
    assert_eq!(rows[1][7..], ["http/1.1", "1", "busy"], "{list}");
}
