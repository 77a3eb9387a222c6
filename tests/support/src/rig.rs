//! A server with one proxy named `p`, and clients whose waits all have a time limit.

use std::io::{self, ErrorKind, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use socket2::SockRef;

use crate::{Kind, Request, Response, Server, Upstream, free_port, wire};

/// The time limit for anything that must happen.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The time limit for an API call. Toxiproxy, where it waits for a peer, takes 25 seconds.
pub const API_PATIENCE: Duration = Duration::from_secs(5);

/// The proxy's toxics.
pub const TOXICS: &str = "/proxies/p/toxics";

/// A server, an upstream, and the proxy `p` between them.
pub struct Rig {
    pub server: Server,
    pub upstream: Upstream,
    address: String,
}

impl Rig {
    pub fn new(kind: Kind) -> Self {
        Self::with_args(kind, &[])
    }

    /// The same with additional arguments for the server.
    pub fn with_args(kind: Kind, args: &[&str]) -> Self {
        let server = Server::start(args);
        let upstream = Upstream::start(kind);
        let address = create(&server, "p", &upstream.addr());
        Self {
            server,
            upstream,
            address,
        }
    }

    /// Adds a toxic to `p`.
    pub fn add(&self, toxic: &Value) {
        let answer = call(&self.server, "POST", TOXICS, toxic);
        assert_eq!(answer.status, 200, "{toxic}: {}", answer.text());
    }

    /// A request about a toxic of `p`, which must succeed.
    pub fn toxic(&self, method: &str, name: &str, body: &Value) {
        let answer = call(&self.server, method, &format!("{TOXICS}/{name}"), body);
        let text = answer.text();
        assert!(
            [200, 204].contains(&answer.status),
            "{method} {name}: {text}"
        );
    }

    pub fn connect(&self) -> Peer {
        Peer::to(&self.address)
    }

    /// A client, and its connection as the manual upstream accepted it.
    pub fn pair(&self) -> (Peer, Peer) {
        let client = self.connect();
        let accepted = self.upstream.accept(PATIENCE).expect("the proxy dials");
        (client, Peer(accepted))
    }
}

/// Sends one request to the API; `Null` sends no body. Panics if the API does not answer in time.
pub fn call(server: &Server, method: &str, path: &str, body: &Value) -> Response {
    let text = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    send(server, method, path, &text)
}

/// The same with a body given as text.
pub fn send(server: &Server, method: &str, path: &str, body: &str) -> Response {
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        body: body.as_bytes().to_vec(),
        ..Request::default()
    };
    let answer = server.request(&request, API_PATIENCE);
    answer.unwrap_or_else(|error| panic!("{method} {path} {body}: {error}; {}", server.log_text()))
}

/// Creates a proxy. Returns where it listens: on a port that no outgoing connection can take while
/// the proxy is stopped.
pub fn create(server: &Server, name: &str, upstream: &str) -> String {
    let listen = format!("127.0.0.1:{}", free_port());
    let body = json!({"name": name, "listen": listen, "upstream": upstream});
    let answer = call(server, "POST", "/proxies", &body);
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["listen"]
        .as_str()
        .expect("an address")
        .to_owned()
}

/// How a peer saw its connection end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Eof,
    Reset,
}

/// One end of a connection.
pub struct Peer(pub TcpStream);

impl Peer {
    pub fn to(address: &str) -> Self {
        Self(wire::connect(address, PATIENCE).expect("the proxy listens"))
    }

    pub fn send(&self, bytes: &[u8]) {
        self.try_send(bytes).expect("bytes can be sent");
    }

    pub fn try_send(&self, bytes: &[u8]) -> io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        wire::write_all_by(&self.0, bytes, deadline, &AtomicBool::new(false))
    }

    /// Reads exactly this many bytes; panics if they do not arrive.
    pub fn read(&self, count: usize) -> Vec<u8> {
        let deadline = Instant::now() + PATIENCE;
        let mut bytes = vec![0; count];
        let mut filled = 0;
        while filled < count {
            match wire::read_by(&self.0, &mut bytes[filled..], deadline) {
                Ok(0) => panic!("the end after {filled} of {count} bytes"),
                Ok(more) => filled += more,
                Err(error) => panic!("{error} after {filled} of {count} bytes"),
            }
        }
        bytes
    }

    /// Whether a byte that is sent is echoed; otherwise the connection has ended.
    pub fn echoes(&self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        if self.try_send(b"x").is_err() {
            return false;
        }
        match wire::read_by(&self.0, &mut [0], deadline) {
            Ok(count) => count == 1,
            Err(error) => {
                assert_ne!(
                    error.kind(),
                    ErrorKind::TimedOut,
                    "neither a byte nor the end"
                );
                false
            }
        }
    }

    /// Reads all bytes up to the end of the stream, which must come.
    pub fn read_to_end(&self) -> (Vec<u8>, End) {
        let deadline = Instant::now() + PATIENCE;
        let mut bytes = Vec::new();
        let mut piece = vec![0; 256 * 1024];
        loop {
            match wire::read_by(&self.0, &mut piece, deadline) {
                Ok(0) => return (bytes, End::Eof),
                Ok(count) => bytes.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::TimedOut => {
                    panic!("no end after {} bytes", bytes.len())
                }
                Err(_) => return (bytes, End::Reset),
            }
        }
    }

    /// Sends until the socket takes nothing more for a while, or everything is sent. Returns how
    /// much was sent.
    pub fn stuff(&self, bytes: &[u8]) -> usize {
        let pause = Some(Duration::from_millis(700));
        self.0.set_write_timeout(pause).unwrap();
        let mut taken = 0;
        while taken < bytes.len() {
            match (&self.0).write(&bytes[taken..]) {
                Ok(count) => taken += count,
                Err(_) => break,
            }
        }
        taken
    }

    pub fn shut_write(&self) {
        if let Err(error) = self.0.shutdown(Shutdown::Write) {
            // A reset that the test provoked arrived first.
            assert_eq!(error.kind(), ErrorKind::NotConnected);
        }
    }

    /// Closes with RST.
    pub fn abort(self) {
        SockRef::from(&self.0)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
    }
}
