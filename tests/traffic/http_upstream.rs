//! Proxies that speak HTTP, over real sockets: URLs as upstreams, and upstreams that cannot be reached.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

use support::Server;
use support::rig::{End, PATIENCE, Peer, call, create};

/// Reads one message: its head, and a body of the length that it gives.
fn message(stream: &mut impl Read) -> (String, Vec<u8>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        assert_eq!(
            stream.read(&mut byte).unwrap(),
            1,
            "{}",
            String::from_utf8_lossy(&head)
        );
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let mut body =
        vec![0; field(&head, "content-length").map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    (head, body)
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let found = fields.find(|(own, _)| own.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim())
}

/// A server that redirects every request to `/next` at its own address, and tells the `Host` that it got.
fn redirecting() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let own = address.clone();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (mut client, own) = (client.unwrap(), own.clone());
            thread::spawn(move || {
                loop {
                    let (head, _) = message(&mut client);
                    let host = field(&head, "host").unwrap_or_default();
                    let answer = format!(
                        "HTTP/1.1 302 Found\r\nlocation: http://{own}/next?a\r\nX-Host: {host}\r\nContent-Length: 0\r\n\r\n"
                    );
                    client.write_all(answer.as_bytes()).unwrap();
                }
            });
        }
    });
    address
}

fn ask(client: &mut TcpStream, host: &str) -> (String, Vec<u8>) {
    let request = format!("GET /a HTTP/1.1\r\nHost: {host}\r\n\r\n");
    client.write_all(request.as_bytes()).unwrap();
    message(client)
}

fn client(address: &str) -> TcpStream {
    let client = Peer::to(address).0;
    client.set_nonblocking(false).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client
}

#[test]
fn a_url_as_upstream_rewrites_host_and_location() {
    let (server, own) = (Server::start(&["-strict"]), redirecting());
    let address = create(&server, "web", &format!("http://{own}"));
    let mut open = client(&address);
    for _ in 0..2 {
        let (head, _) = ask(&mut open, "proxy.test:1");
        assert_eq!(field(&head, "x-host"), Some(&*own), "{head}");
        assert_eq!(
            field(&head, "location"),
            Some("http://proxy.test:1/next?a"),
            "{head}"
        );
    }
    // A plain address that speaks HTTP leaves both as they are.
    let body = json!({"upstream": own, "http": true});
    assert_eq!(call(&server, "PATCH", "/proxies/web", &body).status, 200);
    let (head, _) = ask(&mut client(&address), "proxy.test:1");
    assert_eq!(field(&head, "x-host"), Some("proxy.test:1"), "{head}");
    let location = format!("http://{own}/next?a");
    assert_eq!(field(&head, "location"), Some(&*location), "{head}");
}

#[test]
fn an_upstream_that_refuses_is_answered_with_502_and_the_connection_stays_usable() {
    let server = Server::start(&["-proxy-metrics"]);
    let port = support::free_port();
    let upstream = format!("http://127.0.0.1:{port}");
    let mut client = client(&create(&server, "dead", &upstream));
    for _ in 0..3 {
        let (head, body) = ask(&mut client, "x");
        assert!(head.starts_with("HTTP/1.1 502 "), "{head}");
        let body: Value = serde_json::from_slice(&body).unwrap();
        let reason = format!("connect 127.0.0.1:{port}: connection refused");
        let message = format!("the upstream {upstream} cannot be reached: {reason}");
        let kind = "upstream_unreachable";
        let error =
            json!({"message": message, "type": kind, "upstream": upstream, "reason": reason});
        assert_eq!(body, json!({"error": error}));
    }
    let shown = call(&server, "GET", "/proxies/dead/connections", &Value::Null).json();
    assert_eq!(shown["open"], 1, "{shown}");
    drop(client);
    let start = Instant::now();
    while call(&server, "GET", "/proxies/dead/connections", &Value::Null).json()["open"] != 0 {
        assert!(start.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(5));
    }
    let metrics = call(&server, "GET", "/metrics", &Value::Null).text();
    let ended = "reason=\"upstream_unreachable\"";
    let mut lines = metrics.lines().filter(|line| line.contains(ended));
    assert!(lines.any(|line| line.ends_with(" 1")), "{metrics}");
}

#[test]
fn without_http_a_client_of_an_upstream_that_refuses_is_closed() {
    let server = Server::start(&[]);
    let upstream = format!("127.0.0.1:{}", support::free_port());
    let client = Peer::to(&create(&server, "dead", &upstream));
    assert_eq!(client.read_to_end(), (Vec::new(), End::Eof));
}

/// A listener whose accept queue is full: a dial to it gets no answer.
fn silent() -> (Socket, Vec<TcpStream>, String) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket
        .bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into())
        .unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let limit = Duration::from_millis(300);
    let fill = std::iter::from_fn(|| TcpStream::connect_timeout(&address, limit).ok());
    let waiting = fill.take(64).collect();
    (socket, waiting, address.to_string())
}

#[test]
fn clients_of_a_silent_upstream_are_closed_with_their_proxy_and_their_half_close() {
    let (_listener, _waiting, upstream) = silent();
    let server = Server::start(&[]);
    let address = create(&server, "web", &format!("http://{upstream}"));
    let start = Instant::now();
    let left = Peer::to(&address);
    left.shut_write();
    assert_eq!(left.read_to_end(), (Vec::new(), End::Eof));
    let waiting = Peer::to(&address);
    waiting.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    thread::sleep(Duration::from_millis(50));
    assert_eq!(
        call(&server, "DELETE", "/proxies/web", &Value::Null).status,
        204
    );
    assert_eq!(waiting.read_to_end(), (Vec::new(), End::Eof));
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "the dial goes on for 10 s"
    );
}

#[test]
fn an_answer_that_a_toxic_gives_does_not_wait_for_a_silent_upstream() {
    let (_listener, _waiting, upstream) = silent();
    let server = Server::start(&[]);
    let mut client = client(&create(&server, "web", &format!("http://{upstream}")));
    let toxic = json!({"type": "respond", "attributes": {"status": 429, "retry_after": 2}});
    let added = call(&server, "POST", "/proxies/web/toxics", &toxic);
    assert_eq!(added.status, 200, "{}", added.text());
    let start = Instant::now();
    for _ in 0..2 {
        let (head, _) = ask(&mut client, "x");
        assert!(head.starts_with("HTTP/1.1 429 "), "{head}");
        assert_eq!(field(&head, "retry-after"), Some("2"), "{head}");
    }
    let took = start.elapsed();
    assert!(took < Duration::from_secs(8), "the dial goes on for 10 s");
}
