//! A client of HTTP/1.1 that knows as much of it as the measured servers send, and the upstream's side.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::client::{PATIENCE, connect as connect_blocking, explain};
use crate::fault::{About, Result, fault};

/// The path that servers answer themselves in `respond`, with 429.
pub const GIVEN: &str = "/given";
/// A path that the upstream answers.
pub const REAL: &str = "/v1/chat/completions";
/// The path whose answer has no end.
pub const ENDLESS: &str = "/endless";

/// The longest head of an answer.
const HEAD: usize = 4096;

/// The head of a request, of about 500 bytes as those of real clients.
fn request(path: &str) -> Vec<u8> {
    let padding = "x".repeat(230);
    format!(
        "GET {path} HTTP/1.1\r\nHost: api.example.test\r\nAccept: application/json\r\n\
         Accept-Encoding: identity\r\nUser-Agent: compare/1 (a load of requests)\r\n\
         Authorization: Bearer {padding}\r\nX-Request-Id: 0123456789abcdef\r\n\r\n"
    )
    .into_bytes()
}

/// A connection on which requests follow one another.
pub struct Client {
    stream: TcpStream,
    request: Vec<u8>,
    room: Vec<u8>,
}

/// Opens connections; each has had one answer.
pub async fn connect(to: SocketAddr, path: &str, count: usize) -> Result<Vec<Client>> {
    let mut clients = Vec::with_capacity(count);
    for _ in 0..count {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        let mut client = Client {
            stream,
            request: request(path),
            room: vec![0; HEAD],
        };
        client.ask().await?;
        clients.push(client);
    }
    Ok(clients)
}

impl Client {
    async fn ask(&mut self) -> Result<()> {
        let asked = timeout(PATIENCE, self.exchange()).await;
        asked.unwrap_or_else(|_| Err(fault(format!("no answer in {PATIENCE:?}"))))
    }

    async fn exchange(&mut self) -> Result<()> {
        self.stream.write_all(&self.request).await.about("asking")?;
        let mut got = 0;
        loop {
            let space = self.room.get_mut(got..).unwrap_or_default();
            match self.stream.read(space).await.about("the answer")? {
                0 => return Err(fault(format!("the answer ended after {got} bytes"))),
                count => got += count,
            }
            let whole = self.room.get(..got).and_then(length);
            match whole {
                Some(length) if length == got => return Ok(()),
                Some(length) if length < got => return Err(fault("more than one answer")),
                _ => {}
            }
        }
    }
}

/// The length of the answer whose head these bytes have; none while the head is not whole.
fn length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(bytes.get(..head)?).ok()?;
    let mut lines = text.split("\r\n").filter_map(|line| line.split_once(':'));
    let field = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let body = field.and_then(|(_, value)| value.trim().parse::<usize>().ok());
    Some(head + body.unwrap_or(0))
}

/// Requests on all connections concurrently, one after the other on each. Returns the duration of
/// each, in nanoseconds.
pub async fn closed_loop(clients: Vec<Client>, end: Instant) -> Result<Vec<f64>> {
    let mut tasks = JoinSet::new();
    for mut client in clients {
        tasks.spawn(async move {
            let mut times = Vec::new();
            while Instant::now() < end {
                let start = Instant::now();
                client.ask().await?;
                times.push(start.elapsed().as_nanos() as f64);
            }
            Ok(times)
        });
    }
    let mut all = Vec::new();
    while let Some(done) = tasks.join_next().await {
        let times: Result<Vec<f64>> = done?;
        all.extend(times?);
    }
    Ok(all)
}

/// Connects, gets one answer, and closes.
pub fn touch(to: SocketAddr) -> Result<()> {
    let mut stream = connect_blocking(None, to)?;
    stream
        .write_all(&request(REAL))
        .map_err(|error| explain(&error, "asking"))?;
    let mut first = [0; 9];
    stream
        .read_exact(&mut first)
        .map_err(|error| explain(&error, "the answer"))?;
    match first.starts_with(b"HTTP/1.1 ") {
        true => Ok(()),
        false => Err(fault("no answer of HTTP/1.1")),
    }
}

/// Reads the answer that has no end until `end`. Returns the bytes read.
pub fn read_endless(to: SocketAddr, end: Instant) -> Result<u64> {
    let mut stream = connect_blocking(None, to)?;
    stream
        .write_all(&request(ENDLESS))
        .map_err(|error| explain(&error, "asking"))?;
    let (mut room, mut got) = (vec![0; 256 * 1024], 0);
    while Instant::now() < end {
        let read = stream.read(&mut room);
        match read.map_err(|error| explain(&error, "the answer"))? {
            0 => return Err(fault(format!("the answer ended after {got} bytes"))),
            count => got += count as u64,
        }
    }
    Ok(got)
}

/// What the upstream answers to a request whose head this is; none for the one without end.
pub fn answer(head: &[u8]) -> Option<&'static [u8]> {
    const SMALL: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nServer: compare\r\n\
        X-Request-Id: 0123456789abcdef\r\nCache-Control: no-store\r\nContent-Length: 65\r\n\r\n\
        {\"choices\":[{\"message\":{\"content\":\"0123456789012345678901234\"}}]}";
    let is_endless = head.starts_with(format!("GET {ENDLESS} ").as_bytes());
    (!is_endless).then_some(SMALL)
}

/// The head of the answer without end: no client reads so many bytes.
pub const ENDLESS_HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 100000000000000\r\n\r\n";
