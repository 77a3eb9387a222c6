//! What each kind of upstream does with one connection.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

const PIECE: usize = 64 * 1024;

/// What an upstream does with a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Echoes what it receives; closes when the peer half-closes.
    Echo,
    /// Reads until the peer half-closes, then closes.
    Sink,
    /// Sends that many [`pattern`] bytes, half-closes, reads until the peer half-closes, then
    /// closes.
    Source(u64),
    /// Sends these bytes, then acts as a sink.
    Banner(Vec<u8>),
    /// Reads until the peer half-closes, then sends everything back and closes.
    HalfCloseEcho,
    /// Nothing: the test takes the connection with [`Upstream::accept`].
    Manual,
    /// Does not listen; the port stays reserved.
    Refuse,
}

/// `size` bytes from offset `first` of the endless sequence whose byte at offset i is i modulo 251.
pub fn pattern(first: u64, size: u64) -> Vec<u8> {
    let byte = |offset: u64| u8::try_from(offset % 251).expect("below 251");
    (first..first + size).map(byte).collect()
}

/// Serves one connection until it ends.
///
/// # Errors
/// Any error of the socket.
pub fn serve(mut stream: &TcpStream, kind: &Kind) -> io::Result<()> {
    match kind {
        Kind::Echo => echo_all(stream),
        Kind::Sink => read_to_end(stream, |_| {}),
        Kind::Source(bytes) => {
            let mut first = 0;
            while first < *bytes {
                let size = (*bytes - first).min(PIECE as u64);
                stream.write_all(&pattern(first, size))?;
                first += size;
            }
            stream.shutdown(Shutdown::Write)?;
            read_to_end(stream, |_| {})
        }
        Kind::Banner(text) => {
            stream.write_all(text)?;
            read_to_end(stream, |_| {})
        }
        Kind::HalfCloseEcho => {
            let mut all = Vec::new();
            read_to_end(stream, |piece| all.extend_from_slice(piece))?;
            stream.write_all(&all)
        }
        Kind::Manual | Kind::Refuse => Ok(()),
    }
}

fn echo_all(mut stream: &TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            count => stream.write_all(&buffer[..count])?,
        }
    }
}

fn read_to_end(mut stream: &TcpStream, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            count => take(&buffer[..count]),
        }
    }
}
