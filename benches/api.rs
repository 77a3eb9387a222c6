//! Requests per second of the HTTP API over one kept-alive loopback connection: with no other
//! proxy, and with 1,000 of them.
//!
//! The server is the library's, in its own runtime. The client writes and reads raw bytes, so that
//! mostly the server is measured. Toxics go to a proxy that listens. The other proxies are
//! disabled, because only their number matters.

#![allow(clippy::expect_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use aconite::control::{Control, Options};
use aconite::http::{Room, Settings, router, serve};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// How many proxies exist besides the one that is requested.
const OTHERS: [usize; 2] = [0, 1000];

const TOXIC: &str = r#"{"name":"slow","type":"latency","attributes":{"latency":100}}"#;

/// A connection to the API.
struct Client(BufReader<TcpStream>);

impl Client {
    fn new(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).expect("the API listens");
        stream.set_nodelay(true).expect("a socket");
        Self(BufReader::new(stream))
    }

    /// Sends one request and reads the whole answer, which must have `status`.
    fn ask(&mut self, request: &[u8], status: &str) -> usize {
        self.0.get_mut().write_all(request).expect("a request");
        let mut line = String::new();
        self.0.read_line(&mut line).expect("an answer");
        assert!(line.starts_with(status), "{line}");
        let mut length = 0;
        while line != "\r\n" {
            line.clear();
            self.0.read_line(&mut line).expect("a head");
            let (name, value) = line.split_once(':').unwrap_or_default();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).expect("a body");
        length
    }
}

fn request(method: &str, path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    format!("{head}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

/// Starts the API in `runtime`, with the proxy `p` and this many others.
fn start(runtime: &Runtime, others: usize) -> Client {
    let address = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let control = Control::new(Options::default()).expect("a control");
        let router = router(control, Settings::new(address));
        let room = Room {
            own: 100,
            most: 100,
            lend: Arc::new(|| None),
        };
        tokio::spawn(serve(listener, router, room));
        address
    });
    let mut client = Client::new(address);
    let proxy = |name: &str, enabled: bool| {
        let rest = r#""listen":"127.0.0.1:0","upstream":"127.0.0.1:9""#;
        let body = format!(r#"{{"name":"{name}",{rest},"enabled":{enabled}}}"#);
        request("POST", "/proxies", &body)
    };
    client.ask(&proxy("p", true), "HTTP/1.1 201");
    for number in 0..others {
        client.ask(&proxy(&format!("other{number}"), false), "HTTP/1.1 201");
    }
    client
}

fn api(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    for others in OTHERS {
        let mut client = start(&runtime, others);
        let mut group = criterion.benchmark_group("api");
        group.throughput(Throughput::Elements(1));
        for (name, path) in [
            ("version", "/version"),
            ("proxy", "/proxies/p"),
            ("proxies", "/proxies"),
        ] {
            let question = request("GET", path, "");
            let id = BenchmarkId::new(name, others);
            group.bench_function(id, |bencher| {
                bencher.iter(|| client.ask(&question, "HTTP/1.1 200"));
            });
        }
        let add = request("POST", "/proxies/p/toxics", TOXIC);
        let remove = request("DELETE", "/proxies/p/toxics/slow", "");
        group.throughput(Throughput::Elements(2));
        group.bench_function(
            BenchmarkId::new("toxic added and removed", others),
            |bencher| {
                bencher.iter(|| {
                    client.ask(&add, "HTTP/1.1 200");
                    client.ask(&remove, "HTTP/1.1 204")
                });
            },
        );
        group.finish();
    }
}

criterion_group!(benches, api);
criterion_main!(benches);
