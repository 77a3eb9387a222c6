//! A control plane with one proxy, whose upstream is the test itself.
//!
//! The test holds both outer ends of every connection, so it decides what each does and sees how
//! each ends. Blocking sockets have timeouts, so that a test fails instead of hanging.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use aconite::control::{Control, NewProxy, NewToxic, Options, ProxyChange};
use aconite::toxics::Value;
use socket2::SockRef;

/// The time limit for anything that must happen.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The name of the rig's proxy.
pub const PROXY: &str = "p";

/// How a peer saw its connection end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Eof,
    Reset,
}

pub struct Rig {
    pub control: Control,
    pub upstream: TcpListener,
}

/// The outer ends of one connection through the proxy.
pub struct Pair {
    pub client: TcpStream,
    pub upstream: TcpStream,
}

/// A listener whose `accept` fails instead of blocking for ever.
pub fn impatient(address: &str) -> TcpListener {
    let listener = TcpListener::bind(address).unwrap();
    // On Linux this limits accept() too.
    SockRef::from(&listener)
        .set_read_timeout(Some(PATIENCE))
        .unwrap();
    listener
}

impl Rig {
    pub async fn new() -> Self {
        Self::with(Options::default(), Vec::new()).await
    }

    pub async fn with(options: Options, toxics: Vec<NewToxic>) -> Self {
        let upstream = impatient("127.0.0.1:0");
        let control = Control::new(options).unwrap();
        let mut proxy = new_proxy(PROXY, &upstream.local_addr().unwrap().to_string());
        proxy.toxics = toxics;
        control.create(proxy).await.unwrap();
        Rig { control, upstream }
    }

    /// Where the proxy listens.
    pub fn address(&self) -> SocketAddr {
        self.control.show(PROXY).unwrap().listen.parse().unwrap()
    }

    pub fn connect(&self) -> TcpStream {
        tuned(TcpStream::connect(self.address()).unwrap())
    }

    pub fn accept(&self) -> TcpStream {
        tuned(self.upstream.accept().expect("the proxy dials").0)
    }

    pub fn pair(&self) -> Pair {
        let client = self.connect();
        let upstream = self.accept();
        Pair { client, upstream }
    }

    pub fn pairs(&self, count: usize) -> Vec<Pair> {
        (0..count).map(|_| self.pair()).collect()
    }

    /// Adds a toxic; its name is `<kind>_<stream>`.
    pub fn add(&self, toxic: NewToxic) {
        self.control.add_toxic(PROXY, toxic).unwrap();
    }

    pub fn remove(&self, name: &str) {
        self.control.remove_toxic(PROXY, name).unwrap();
    }

    /// Waits until the proxy has read this many bytes of a stream.
    pub fn wait_for_bytes(&self, stream: &str, count: u64) {
        let start = Instant::now();
        let received = || {
            let views = self.control.traffic();
            let view = views.iter().find(|view| view.direction == stream);
            view.map_or(0, |view| view.received)
        };
        while received() < count {
            assert!(start.elapsed() < PATIENCE, "{} of {count}", received());
            std::thread::sleep(Duration::from_micros(50));
        }
    }

    pub async fn enable(&self, enabled: bool) {
        let change = ProxyChange {
            enabled: Some(enabled),
            ..ProxyChange::default()
        };
        self.control.update(PROXY, change).await.unwrap();
    }
}

impl Pair {
    /// The sending and the receiving end of a stream.
    pub fn ends(&mut self, stream: &str) -> (&mut TcpStream, &mut TcpStream) {
        match stream {
            "upstream" => (&mut self.client, &mut self.upstream),
            _ => (&mut self.upstream, &mut self.client),
        }
    }

    /// Sends a byte each way, which proves that both links are running.
    pub fn warm(&mut self) {
        for stream in STREAMS {
            let (from, to) = self.ends(stream);
            from.write_all(b"w").unwrap();
            assert_eq!(read_exactly(to, 1), b"w");
        }
    }
}

pub const STREAMS: [&str; 2] = ["upstream", "downstream"];

/// A proxy on a free port of 127.0.0.1.
pub fn new_proxy(name: &str, upstream: &str) -> NewProxy {
    NewProxy {
        name: Some(name.to_owned()),
        listen: Some("127.0.0.1:0".to_owned()),
        upstream: Some(upstream.to_owned()),
        enabled: None,
        toxics: Vec::new(),
        ..NewProxy::default()
    }
}

pub fn toxic(kind: &str, stream: &str, attributes: &[(&str, i64)]) -> NewToxic {
    NewToxic {
        kind: kind.to_owned(),
        stream: Some(stream.to_owned()),
        attributes: given(attributes),
        ..NewToxic::default()
    }
}

pub fn given(attributes: &[(&str, i64)]) -> Vec<(String, Value)> {
    let given = attributes.iter();
    given
        .map(|(name, value)| ((*name).to_owned(), Value::Integer(*value)))
        .collect()
}

/// Sets timeouts, and TCP_NODELAY so that writes are sent at once.
pub fn tuned(socket: TcpStream) -> TcpStream {
    socket.set_nodelay(true).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.set_write_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// Closes with RST.
pub fn abort(socket: TcpStream) {
    SockRef::from(&socket)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
}

pub fn read_exactly(socket: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    socket.read_exact(&mut bytes).expect("bytes in time");
    bytes
}

/// Reads until the end, which must come within the time limit.
pub fn read_to_end(socket: &mut TcpStream) -> (Vec<u8>, End) {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match socket.read(&mut buffer) {
            Ok(0) => return (bytes, End::Eof),
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                return (bytes, End::Reset);
            }
            Err(error) => panic!("neither bytes nor an end: {error}"),
        }
    }
}

/// Whether nothing arrives for `span`.
pub fn is_silent(socket: &mut TcpStream, span: Duration) -> bool {
    socket.set_read_timeout(Some(span)).unwrap();
    let read = socket.read(&mut [0]);
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    matches!(read, Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut))
}

/// Writes without blocking, up to `most` bytes, until the socket takes nothing more for a while.
/// Returns how many bytes were taken.
pub fn stuff(socket: &mut TcpStream, bytes: &[u8]) -> usize {
    socket
        .set_write_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let mut written = 0;
    while written < bytes.len() {
        match socket.write(&bytes[written..]) {
            Ok(count) => written += count,
            Err(_) => break,
        }
    }
    socket.set_write_timeout(Some(PATIENCE)).unwrap();
    written
}

/// Serves one connection after another: each gets its first bytes echoed once.
pub fn echo(listener: TcpListener) {
    std::thread::spawn(move || {
        while let Ok((socket, _)) = listener.accept() {
            let mut socket = tuned(socket);
            std::thread::spawn(move || {
                let mut other = socket.try_clone().unwrap();
                let _ = std::io::copy(&mut socket, &mut other);
            });
        }
    });
}
