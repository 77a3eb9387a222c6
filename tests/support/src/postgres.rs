//! The minimum of a Postgres client that one query needs: protocol 3.0, no password.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(15);

/// Queries one value. Panics if there is no answer.
pub fn select(address: &str, query: &str) -> String {
    try_select(address, query).unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// Queries one value.
///
/// # Errors
/// The socket's error, or `Other` with the server's error message.
pub fn try_select(address: &str, query: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    // Version 3.0, then pairs of names and values.
    let start = [&[0, 3, 0, 0], &b"user\0postgres\0\0"[..]].concat();
    stream.write_all(&with_length(&start))?;
    read_until(&mut stream, b'Z')?;
    let question = [query.as_bytes(), b"\0"].concat();
    stream.write_all(b"Q")?;
    stream.write_all(&with_length(&question))?;
    // A row: the number of columns (2 bytes), then length (4 bytes) and text of each.
    let row = read_until(&mut stream, b'D')?;
    let text = row.get(6..).ok_or(ErrorKind::InvalidData)?;
    Ok(String::from_utf8_lossy(text).into_owned())
}

/// The length field includes itself.
fn with_length(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).expect("a short message");
    [&length.to_be_bytes(), body].concat()
}

/// Reads messages up to the first of a given type, and returns its body.
fn read_until(stream: &mut TcpStream, kind: u8) -> io::Result<Vec<u8>> {
    loop {
        let mut head = [0; 5];
        stream.read_exact(&mut head)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let mut body = vec![0; usize::try_from(length).unwrap().saturating_sub(4)];
        stream.read_exact(&mut body)?;
        if head[0] == kind {
            return Ok(body);
        }
        if head[0] == b'E' {
            let words = String::from_utf8_lossy(&body).replace('\0', " ");
            return Err(io::Error::other(words));
        }
    }
}
