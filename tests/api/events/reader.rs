//! A reader of server-sent events: one request, then frames as they arrive.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use support::{Server, wire};

/// How long to wait for the next frame.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Debug)]
pub struct Frame {
    pub event: String,
    pub id: String,
    pub data: Value,
}

pub struct Reader {
    stream: TcpStream,
    text: Vec<u8>,
}

impl Reader {
    /// Sends the request, with `query` after the path and `header` among the headers, and reads no
    /// answer yet.
    pub fn ask(server: &Server, query: &str, header: &str) -> Self {
        let address = server.api_addr();
        let mut stream = wire::connect_to(address, PATIENCE).unwrap();
        // HTTP/1.0, whose answers have no chunks.
        let head = format!("GET /events{query} HTTP/1.0\r\nHost: {address}\r\n{header}\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        Reader {
            stream,
            text: Vec::new(),
        }
    }

    /// Follows from a given position, and waits until that has taken effect.
    pub fn follow_with(server: &Server, query: &str, header: &str) -> Self {
        let mut reader = Self::ask(server, query, header);
        let head = reader.until(b"\r\n\r\n").expect("an answer");
        assert!(head.contains(" 200 "), "{head}");
        assert!(head.contains("content-type: text/event-stream"), "{head}");
        let ready = reader.next().expect("a first frame");
        assert_eq!(ready.event, "ready");
        assert_eq!(ready.data["id"], ready.id.as_str());
        reader
    }

    pub fn follow(server: &Server, query: &str) -> Self {
        Self::follow_with(server, query, "")
    }

    /// The next frame; `None` at the end of the stream.
    pub fn next(&mut self) -> Option<Frame> {
        loop {
            let block = self.until(b"\n\n")?;
            let field = |name: &str| {
                let mut lines = block.lines();
                lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
            };
            // Blocks without an event are comments, which keep the connection alive.
            let Some(event) = field("event") else {
                continue;
            };
            return Some(Frame {
                event: event.to_owned(),
                id: field("id").expect("an id").to_owned(),
                data: serde_json::from_str(field("data").expect("data")).expect("JSON"),
            });
        }
    }

    /// The next `count` frames.
    pub fn take(&mut self, count: usize) -> Vec<Frame> {
        let frames = (0..count).map(|_| self.next().expect("the stream goes on"));
        frames.collect()
    }

    /// Everything up to the end of the stream.
    pub fn rest(&mut self) -> Vec<Frame> {
        std::iter::from_fn(|| self.next()).collect()
    }

    /// Text up to a delimiter, without the delimiter; `None` at the end of the stream.
    fn until(&mut self, mark: &[u8]) -> Option<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.text.windows(mark.len()).position(|part| part == mark);
            if let Some(at) = found {
                let rest = self.text.split_off(at + mark.len());
                let text = std::mem::replace(&mut self.text, rest);
                return Some(String::from_utf8(text[..at].to_vec()).unwrap());
            }
            let mut piece = [0; 64 * 1024];
            let count = wire::read_by(&self.stream, &mut piece, deadline).expect("more in time");
            if count == 0 {
                return None;
            }
            self.text.extend_from_slice(&piece[..count]);
        }
    }
}
