//! One HTTP/1.1 request on a new connection, byte for byte as the test specifies it.
//!
//! It normalises no path, follows no redirect and adds no header but `Host` and the body's framing.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::wire;

/// What to send.
#[derive(Debug, Default, Clone)]
pub struct Request {
    /// A method such as `GET`; sent unchanged.
    pub method: String,
    /// The request target; sent unchanged.
    pub path: String,
    /// Sent in this order. `Host` is added first unless it is included.
    pub headers: Vec<(String, String)>,
    /// Empty: no body.
    pub body: Vec<u8>,
    /// Whether to send the body in chunked transfer encoding.
    pub chunked: bool,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names as they were sent, in order.
    pub headers: Vec<(String, String)>,
    /// The body without its framing.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header, ignoring the case of its name; repeated values are joined by `, `.
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON. Panics with the body if it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in the body {:?}", self.text()))
    }
}

/// Sends `request` to `address` and reads the answer.
///
/// # Errors
/// The socket's error, `TimedOut` if the answer is not complete within `limit`, `InvalidData` if it
/// is not HTTP.
pub fn exchange(address: SocketAddr, request: &Request, limit: Duration) -> io::Result<Response> {
    let deadline = Instant::now() + limit;
    let stream = wire::connect_to(address, limit)?;
    // A server may answer and close before it has read the whole body; the answer counts.
    let sent = wire::write_all_by(
        &stream,
        &encode(address, request),
        deadline,
        &AtomicBool::new(false),
    );
    let mut reader = Reader {
        stream,
        deadline,
        buffer: Vec::new(),
    };
    read_response(&mut reader, &request.method).map_err(|error| sent.err().unwrap_or(error))
}

/// A connection that is kept open for consecutive requests.
#[derive(Debug)]
pub struct Kept {
    address: SocketAddr,
    reader: Reader,
    method: String,
}

impl Kept {
    /// Connects. All use of this connection must finish within `limit` from now.
    ///
    /// # Errors
    /// The socket's.
    pub fn open(address: SocketAddr, limit: Duration) -> io::Result<Self> {
        let reader = Reader {
            stream: wire::connect_to(address, limit)?,
            deadline: Instant::now() + limit,
            buffer: Vec::new(),
        };
        let method = String::new();
        Ok(Self {
            address,
            reader,
            method,
        })
    }

    /// Sends a request with a JSON body, or none if it is empty.
    ///
    /// # Errors
    /// The socket's.
    pub fn send(&mut self, method: &str, path: &str, body: &str) -> io::Result<()> {
        self.method = method.to_owned();
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            body: body.as_bytes().to_vec(),
            ..Request::default()
        };
        let bytes = encode(self.address, &request);
        let deadline = self.reader.deadline;
        wire::write_all_by(
            &self.reader.stream,
            &bytes,
            deadline,
            &AtomicBool::new(false),
        )
    }

    /// Reads the answer to the last request.
    ///
    /// # Errors
    /// As [`exchange`].
    pub fn answer(&mut self) -> io::Result<Response> {
        read_response(&mut self.reader, &self.method)
    }
}

fn encode(address: SocketAddr, request: &Request) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.path);
    let named = |name: &str| {
        request
            .headers
            .iter()
            .any(|(key, _)| key.eq_ignore_ascii_case(name))
    };
    if !named("host") {
        head.push_str(&format!("Host: {address}\r\n"));
    }
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let may_have_body = matches!(request.method.as_str(), "POST" | "PUT" | "PATCH");
    if request.chunked {
        head.push_str("Transfer-Encoding: chunked\r\n");
    } else if may_have_body || !request.body.is_empty() {
        head.push_str(&format!("Content-Length: {}\r\n", request.body.len()));
    }
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(b"\r\n");
    if request.chunked {
        encode_chunks(&request.body, &mut bytes);
    } else {
        bytes.extend_from_slice(&request.body);
    }
    bytes
}

/// Sends at least two chunks if there are two bytes, so that a server that reads only one is found.
fn encode_chunks(body: &[u8], bytes: &mut Vec<u8>) {
    let size = body.len().div_ceil(2).clamp(1, 16 * 1024);
    for chunk in body.chunks(size) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
}

fn read_response(reader: &mut Reader, method: &str) -> io::Result<Response> {
    loop {
        let mut response = read_head(reader)?;
        if (100..200).contains(&response.status) {
            continue;
        }
        if method != "HEAD" && !matches!(response.status, 204 | 304) {
            response.body = read_body(reader, &response)?;
        }
        return Ok(response);
    }
}

fn read_head(reader: &mut Reader) -> io::Result<Response> {
    let status_line = reader.line()?;
    let status = status_line
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.split(' ').nth(1))
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| malformed(&status_line))?;
    let mut headers = Vec::new();
    loop {
        let line = reader.line()?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| malformed(&line))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    Ok(Response {
        status,
        headers,
        body: Vec::new(),
    })
}

fn read_body(reader: &mut Reader, head: &Response) -> io::Result<Vec<u8>> {
    if head
        .header("transfer-encoding")
        .is_some_and(|value| value.eq_ignore_ascii_case("chunked"))
    {
        return read_chunks(reader);
    }
    match head.header("content-length") {
        Some(text) => reader.exactly(text.parse().map_err(|_| malformed(&text))?),
        None => reader.rest(),
    }
}

fn read_chunks(reader: &mut Reader) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = reader.line()?;
        let digits = line.split(';').next().unwrap_or("").trim();
        let size = usize::from_str_radix(digits, 16).map_err(|_| malformed(&line))?;
        if size == 0 {
            while !reader.line()?.is_empty() {}
            return Ok(body);
        }
        body.extend(reader.exactly(size)?);
        reader.line()?;
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("not HTTP/1: {what:?}"))
}

/// A stream with the bytes that were read but not yet used.
#[derive(Debug)]
struct Reader {
    stream: TcpStream,
    deadline: Instant,
    buffer: Vec<u8>,
}

impl Reader {
    /// Reads more; returns false at end of file.
    fn fill(&mut self) -> io::Result<bool> {
        let mut piece = [0; 16 * 1024];
        let count = wire::read_by(&self.stream, &mut piece, self.deadline)?;
        self.buffer.extend_from_slice(&piece[..count]);
        Ok(count > 0)
    }

    fn exactly(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < count {
            if !self.fill()? {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        let rest = self.buffer.split_off(count);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }

    fn rest(&mut self) -> io::Result<Vec<u8>> {
        while self.fill()? {}
        Ok(std::mem::take(&mut self.buffer))
    }

    /// The next line without its CR LF.
    fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.exactly(end + 2)?;
                return Ok(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            if !self.fill()? {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }
}
