//! What the tests stand on: a server process, an upstream, and connections with their measurements.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The upstream echoes; it closes after a chunk that ends in this byte.
pub const HANG_UP: u8 = 4;

/// What the upstream answers when the other side has ended its sending.
pub const FAREWELL: &[u8] = b"bye";

/// A server and an upstream; both go when this goes.
pub struct Rig {
    server: Child,
    pub api: SocketAddr,
    pub upstream: String,
}

impl Rig {
    pub fn start() -> Self {
        let probe = TcpListener::bind("127.0.0.1:0").unwrap();
        let api = probe.local_addr().unwrap();
        drop(probe);
        let command = server_command();
        let server = Command::new(&command[0])
            .args(&command[1..])
            .args(["-host", "127.0.0.1", "-port", &api.port().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let rig = Self {
            server,
            api,
            upstream: start_upstream(),
        };
        for _ in 0..100 {
            if TcpStream::connect(api).is_ok() {
                return rig;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("{command:?} does not listen on {api}");
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn server_command() -> Vec<String> {
    if let Ok(command) = std::env::var("ACONITE_SERVER_CMD")
        && !command.is_empty()
    {
        return command.split_whitespace().map(str::to_owned).collect();
    }
    let binary = std::env::var("ACONITE_BIN").unwrap_or_else(|_| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../../target/debug/aconite").to_owned()
    });
    vec![binary, "server".to_owned()]
}

fn start_upstream() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    address
}

fn serve(mut stream: TcpStream) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count) = stream.read(&mut buffer) {
        let chunk = &buffer[..count];
        let answer = if count == 0 { FAREWELL } else { chunk };
        let written = stream.write_all(answer);
        if written.is_err() || chunk.last().is_none_or(|last| *last == HANG_UP) {
            return;
        }
    }
}

/// A connection through a proxy that listens on `listen`.
pub struct Client(TcpStream);

impl Client {
    pub fn connect(listen: &str) -> Self {
        let stream = TcpStream::connect(listen).unwrap();
        let limit = Some(Duration::from_secs(10));
        stream.set_read_timeout(limit).unwrap();
        stream.set_write_timeout(limit).unwrap();
        Self(stream)
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    pub fn end_sending(&self) {
        self.0.shutdown(Shutdown::Write).unwrap();
    }

    /// How long some bytes took to come back whole.
    pub fn echo(&mut self, size: usize) -> Duration {
        let sent: Vec<u8> = b"0123456789".iter().copied().cycle().take(size).collect();
        let mut got = vec![0; size];
        let start = Instant::now();
        self.send(&sent);
        self.0.read_exact(&mut got).unwrap();
        assert!(sent == got, "{size} bytes came back changed");
        start.elapsed()
    }

    /// Everything until the end, and whether the end was a reset.
    pub fn rest(&mut self) -> (Vec<u8>, bool) {
        let mut got = Vec::new();
        match self.0.read_to_end(&mut got) {
            Ok(_) => (got, false),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => (got, true),
            Err(error) => panic!("the connection did not end: {error}"),
        }
    }

    /// Whether nothing at all arrives within the time: neither a byte nor the end.
    pub fn holds(&mut self, milliseconds: u64) -> bool {
        let wait = Duration::from_millis(milliseconds);
        self.0.set_read_timeout(Some(wait)).unwrap();
        let read = self.0.read(&mut [0]);
        self.0
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        read.is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
    }
}

pub fn refused(listen: &str) -> bool {
    TcpStream::connect(listen).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

#[track_caller]
pub fn at_least(milliseconds: u64, took: Duration) {
    assert!(
        took >= Duration::from_millis(milliseconds),
        "took {took:?}, want at least {milliseconds} ms"
    );
}

/// For what Toxiproxy gets wrong: the number is that of the table in docs/compatibility.md.
/// With ACONITE_EXPECT=reference it passes if and only if the defect shows.
#[track_caller]
pub fn mended(number: u32, right: bool, defect: &str) {
    if std::env::var("ACONITE_EXPECT").is_ok_and(|value| value == "reference") {
        assert!(!right, "defect {number} does not show");
        println!("difference: {number}: {defect}");
    } else {
        assert!(right, "defect {number}: {defect}");
    }
}
