//! A real Redis server and its own client through a proxy: the client sees each fault, and the
//! fault ends when the toxic is removed.
//!
//! Needs `redis-server` and `redis-cli` (Debian: `redis-server`, `redis-tools`). Without them the
//! test says so and passes, unless `CI` is `true`.

#![cfg(unix)]

mod pool;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use aconite::control::{Control, NewProxy, NewToxic, Options, ProxyChange};
use aconite::toxics::Value;
use support::local::Local;

const PATIENCE: Duration = Duration::from_secs(15);

/// A proxy called `redis` in front of the server.
struct Proxy {
    control: Control,
    _redis: Local,
}

impl Proxy {
    async fn before(redis: Local) -> Self {
        let control = Control::new(Options::default()).unwrap();
        let proxy = NewProxy {
            name: Some("redis".to_owned()),
            listen: Some("127.0.0.1:0".to_owned()),
            upstream: Some(redis.address()),
            enabled: None,
            toxics: Vec::new(),
            ..NewProxy::default()
        };
        control.create(proxy).await.unwrap();
        Proxy {
            control,
            _redis: redis,
        }
    }

    fn address(&self) -> SocketAddr {
        self.control.show("redis").unwrap().listen.parse().unwrap()
    }

    fn add(&self, kind: &str, stream: &str, attributes: &[(&str, i64)]) {
        let given = |(name, value): &(&str, i64)| ((*name).to_owned(), Value::Integer(*value));
        let toxic = NewToxic {
            kind: kind.to_owned(),
            stream: Some(stream.to_owned()),
            attributes: attributes.iter().map(given).collect(),
            ..NewToxic::default()
        };
        self.control.add_toxic("redis", toxic).unwrap();
    }

    fn remove(&self, toxic: &str) {
        self.control.remove_toxic("redis", toxic).unwrap();
    }

    async fn enable(&self, enabled: bool) {
        let change = ProxyChange {
            enabled: Some(enabled),
            ..ProxyChange::default()
        };
        self.control.update("redis", change).await.unwrap();
    }

    /// Runs `redis-cli` against the proxy, with `input` as its last argument.
    fn cli(&self, arguments: &[&str], input: &[u8]) -> Output {
        let port = self.address().port().to_string();
        let mut command = Command::new("redis-cli");
        command.args(["-h", "127.0.0.1", "-p", &port]);
        command.args(if input.is_empty() { &[][..] } else { &["-x"] });
        command.args(arguments).stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("redis-cli is installed");
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap()
    }

    fn answers(&self) -> bool {
        self.cli(&["PING"], b"").stdout == b"PONG\n"
    }

    /// The error with which the client exits.
    fn error(&self) -> String {
        let output = self.cli(&["PING"], b"");
        assert!(!output.stdout.starts_with(b"PONG"), "{output:?}");
        assert!(!output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap()
    }

    /// A connection from this process that has been used.
    fn connection(&self) -> TcpStream {
        let mut socket = TcpStream::connect(self.address()).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_nodelay(true).unwrap();
        assert_eq!(ping(&mut socket).unwrap(), "+PONG\r\n");
        socket
    }
}

/// One exchange; an empty answer means that the connection ended.
fn ping(socket: &mut TcpStream) -> std::io::Result<String> {
    socket.write_all(b"PING\r\n")?;
    let mut answer = [0; 64];
    let count = socket.read(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer[..count]).into_owned())
}

/// The proxy and its server, or `None` if Redis is not available.
async fn proxy() -> Option<Proxy> {
    match Local::redis() {
        Ok(redis) => return Some(Proxy::before(redis).await),
        Err(reason) => support::skip(&reason),
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn latency_is_what_the_client_waits() {
    let Some(proxy) = proxy().await else { return };
    let mut socket = proxy.connection();
    for (stream, ms) in [("upstream", 120), ("downstream", 250)] {
        proxy.add("latency", stream, &[("latency", ms)]);
        let start = Instant::now();
        assert_eq!(ping(&mut socket).unwrap(), "+PONG\r\n");
        assert!(proxy.answers());
        let least = Duration::from_millis(2 * ms as u64);
        assert!(start.elapsed() >= least, "{:?}", start.elapsed());
        proxy.remove(&format!("latency_{stream}"));
    }
    proxy.add("latency", "downstream", &[("latency", 3_600_000)]);
    proxy.remove("latency_downstream");
    assert_eq!(ping(&mut socket).unwrap(), "+PONG\r\n");
    assert!(proxy.answers());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_proxy_refuses_the_client() {
    let Some(proxy) = proxy().await else { return };
    let mut socket = proxy.connection();
    for _ in 0..3 {
        proxy.enable(false).await;
        let error = proxy.error();
        assert!(error.contains("Connection refused"), "{error}");
        assert!(!matches!(ping(&mut socket).as_deref(), Ok("+PONG\r\n")));
        proxy.enable(true).await;
        assert!(proxy.answers());
        socket = proxy.connection();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timeout_is_a_closed_connection() {
    let Some(proxy) = proxy().await else { return };
    let mut live = proxy.connection();
    proxy.add("timeout", "downstream", &[("timeout", 200)]);
    let start = Instant::now();
    let error = proxy.error();
    assert!(error.contains("Server closed the connection"), "{error}");
    assert!(start.elapsed() >= Duration::from_millis(200));
    assert!(!matches!(ping(&mut live).as_deref(), Ok("+PONG\r\n")));
    proxy.remove("timeout_downstream");
    assert!(proxy.answers());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reset_peer_is_a_reset_connection() {
    let Some(proxy) = proxy().await else { return };
    for stream in ["upstream", "downstream"] {
        let mut live = proxy.connection();
        proxy.add("reset_peer", stream, &[("timeout", 0)]);
        let error = proxy.error();
        assert!(error.contains("Connection reset by peer"), "{error}");
        let error = ping(&mut live).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        proxy.remove(&format!("reset_peer_{stream}"));
        assert!(proxy.answers());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_megabyte_is_intact_through_slices_at_a_rate() {
    let Some(proxy) = proxy().await else { return };
    let value: Vec<u8> = (0..1_000_000_u64).map(|n| (n * n / 251) as u8).collect();
    let slices = [("average_size", 1300), ("size_variation", 600)];
    for stream in ["upstream", "downstream"] {
        proxy.add("slicer", stream, &slices);
        proxy.add("bandwidth", stream, &[("rate", 2000)]);
    }
    let start = Instant::now();
    assert_eq!(proxy.cli(&["SET", "big"], &value).stdout, b"OK\n");
    assert!(start.elapsed() >= Duration::from_millis(490));
    let got = proxy.cli(&["GET", "big"], b"").stdout;
    assert!(start.elapsed() >= Duration::from_millis(980));
    assert_eq!(got.len(), value.len() + 1);
    assert!(got.starts_with(&value), "other bytes came back");
}
