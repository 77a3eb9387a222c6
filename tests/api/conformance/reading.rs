//! The steps that read: an exact number of bytes, the end, silence, groups.

use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::step::End;
use super::window::Window;
use support::wire;

/// The maximum size of one read.
const PIECE: usize = 64 * 1024;

/// Reads exactly `wanted`, and not more.
///
/// # Errors
/// Other bytes, an end or silence before the last byte, or a time outside the window.
pub fn recv(stream: &TcpStream, wanted: &[u8], window: &Window) -> Result<(), String> {
    read_exactly(stream, wanted, window, |_| {})?;
    window.check()
}

/// Calls `each` with the size of every read.
fn read_exactly(
    stream: &TcpStream,
    wanted: &[u8],
    window: &Window,
    mut each: impl FnMut(usize),
) -> Result<(), String> {
    let mut got = Vec::new();
    let mut buffer = vec![0; PIECE];
    while got.len() < wanted.len() {
        let room = (wanted.len() - got.len()).min(PIECE);
        let read = wire::read_by(stream, &mut buffer[..room], window.deadline());
        match read {
            Ok(count) if count > 0 => {
                got.extend_from_slice(&buffer[..count]);
                compare(wanted, &got)?;
                each(count);
            }
            end => return Err(cut_short(wanted, &got, &end)),
        }
    }
    Ok(())
}

/// Reads until the connection ends, and expects exactly `wanted`.
///
/// # Errors
/// Other bytes, another kind of end or none, or a time outside the window.
pub fn recv_end(
    stream: &TcpStream,
    wanted: &[u8],
    end: End,
    window: &Window,
) -> Result<(), String> {
    let mut got = Vec::new();
    let mut buffer = vec![0; PIECE];
    let ended = loop {
        match wire::read_by(stream, &mut buffer, window.deadline()) {
            Ok(0) => break Ok(0),
            Ok(count) => {
                got.extend_from_slice(&buffer[..count]);
                compare(wanted, &got)?;
            }
            error => break error,
        }
    };
    if got.len() < wanted.len() {
        return Err(cut_short(wanted, &got, &ended));
    }
    if matches!(&ended, Err(error) if error.kind() == ErrorKind::TimedOut) {
        let count = wanted.len();
        return Err(format!("expected the end after {count} bytes, got silence"));
    }
    match (end, &ended) {
        (End::Eof, Err(error)) => Err(format!("expected the orderly end, got {error}")),
        (End::Rst, Ok(_)) => Err("expected a reset, got the orderly end".to_owned()),
        _ => window.check(),
    }
}

/// Expects neither a byte nor the end for this long.
///
/// # Errors
/// What arrives, and when.
pub fn quiet(stream: &TcpStream, time: Duration) -> Result<(), String> {
    let start = Instant::now();
    let mut buffer = vec![0; PIECE];
    let read = wire::read_by(stream, &mut buffer, start + time);
    let what = match read {
        Err(error) if error.kind() == ErrorKind::TimedOut => return Ok(()),
        Err(error) => error.to_string(),
        Ok(0) => "the orderly end".to_owned(),
        Ok(count) => show(&buffer[..count]),
    };
    let after = start.elapsed().as_millis();
    Err(format!(
        "expected silence for {} ms, got {what} after {after} ms",
        time.as_millis()
    ))
}

/// Reads exactly `wanted`, in groups of these `sizes` with pauses of more than `gap` between them.
///
/// # Errors
/// As for [`recv`], and if the groups have other sizes.
pub fn groups(
    stream: &TcpStream,
    wanted: &[u8],
    gap: Duration,
    sizes: &[usize],
    window: &Window,
) -> Result<(), String> {
    let mut found: Vec<usize> = Vec::new();
    let mut last = Instant::now();
    read_exactly(stream, wanted, window, |count| {
        match found.last_mut() {
            Some(size) if last.elapsed() <= gap => *size += count,
            _ => found.push(count),
        }
        last = Instant::now();
    })?;
    if found != sizes {
        return Err(format!("expected groups of {sizes:?} bytes, got {found:?}"));
    }
    window.check()
}

/// `got` must be a prefix of `wanted`.
fn compare(wanted: &[u8], got: &[u8]) -> Result<(), String> {
    if wanted.starts_with(got) {
        return Ok(());
    }
    let same = wanted.iter().zip(got).take_while(|(a, b)| a == b).count();
    let (wanted, got) = (show(&wanted[same..]), show(&got[same..]));
    Err(format!("expected from byte {same} on {wanted}, got {got}"))
}

fn cut_short(wanted: &[u8], got: &[u8], end: &io::Result<usize>) -> String {
    let what = match end {
        Ok(_) => "the orderly end".to_owned(),
        Err(error) if error.kind() == ErrorKind::TimedOut => "silence".to_owned(),
        Err(error) => error.to_string(),
    };
    let (wanted, count) = (show(wanted), got.len());
    format!("expected {wanted}, got {count} bytes of it and then {what}")
}

/// Bytes for a report.
pub fn show(bytes: &[u8]) -> String {
    let begin = &bytes[..bytes.len().min(40)];
    let more = if begin.len() < bytes.len() { "…" } else { "" };
    format!("{} bytes \"{}{more}\"", bytes.len(), begin.escape_ascii())
}
