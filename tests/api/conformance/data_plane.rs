//! The steps that open, accept and count connections.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::step::{Opening, Tally};
use super::window::Window;
use support::wire;

/// Connects to `addr`. Returns the connection if there should be one.
///
/// # Errors
/// The outcome is not the expected one, or it came at the wrong time.
pub fn open(addr: &str, expect: Opening, window: &Window) -> Result<Option<TcpStream>, String> {
    let opened = wire::connect(addr, window.left().max(Duration::from_millis(1)));
    match (expect, opened) {
        (Opening::Ok, Ok(stream)) => window.check().map(|()| Some(stream)),
        (Opening::Refused, Err(error)) if error.kind() == ErrorKind::ConnectionRefused => {
            window.check().map(|()| None)
        }
        (Opening::Ok, Err(error)) => Err(format!("expected a connection to {addr}, got {error}")),
        (Opening::Refused, Err(error)) => Err(format!("expected {addr} to refuse, got {error}")),
        (Opening::Refused, Ok(_)) => Err(format!("expected {addr} to refuse, it accepted")),
    }
}

/// Counts the connections to `addr` that echo.
///
/// # Errors
/// A connection with inconsistent rounds, one that cannot be made, or a count out of range.
pub fn tally(step: &Tally, addr: &str) -> Result<(), String> {
    let data = step.data.bytes()?;
    let wait = Duration::from_millis(step.wait_ms);
    let mut count = 0;
    for index in 1..=step.n {
        let stream = wire::connect(addr, Duration::from_secs(5))
            .map_err(|error| format!("expected connection {index} to {addr}, got {error}"))?;
        let rounds: Vec<bool> = (0..step.rounds)
            .map(|_| echoes(&stream, &data, wait))
            .collect();
        let echoed = rounds.first().is_some_and(|first| *first);
        if rounds.iter().any(|round| *round != echoed) {
            return Err(format!(
                "expected connection {index} to do the same in every round, it echoed: {rounds:?}"
            ));
        }
        count += usize::from(echoed);
    }
    let (low, high) = step.echoed;
    if (low..=high).contains(&count) {
        return Ok(());
    }
    Err(format!(
        "expected {low} to {high} of {} connections to echo, got {count}",
        step.n
    ))
}

/// Whether the first read within `wait` returns all of `data` that is sent.
fn echoes(stream: &TcpStream, data: &[u8], wait: Duration) -> bool {
    let deadline = Instant::now() + wait;
    let mut buffer = vec![0; 64 * 1024];
    let sent = wire::write_all_by(stream, data, deadline, &false.into());
    sent.is_ok()
        && wire::read_by(stream, &mut buffer, deadline).is_ok_and(|count| &buffer[..count] == data)
}
