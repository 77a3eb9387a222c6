//! A download whose payload is verified and whose every arrival is recorded.

use std::io::Read;
use std::time::{Duration, Instant};

use crate::client::{employ, explain};
use crate::contestant::CommandContext;
use crate::fault::{Result, fault};
use crate::jobs::Work;
use crate::payload::{BUFFER, Checker};

/// When a download is over.
#[derive(Clone, Copy, Debug)]
pub enum Whole {
    /// When the stream has ended after this many bytes.
    Bytes(u64),
    /// At the first arrival more than this long after the first one.
    Time(Duration),
}

/// What arrived.
pub struct Download {
    /// Seconds since the request, and bytes; one for each read.
    pub arrivals: Vec<(f64, u64)>,
    pub bytes: u64,
}

impl Download {
    /// Payload from position `start` on. A stall, an early end, other bytes, and what is not over
    /// after `limit` are errors.
    pub fn run(
        session: &CommandContext,
        start: u64,
        whole: Whole,
        limit: Duration,
    ) -> Result<Self> {
        let length = match whole {
            Whole::Bytes(bytes) => Some(bytes),
            Whole::Time(_) => None,
        };
        let (mut stream, _job) = employ(
            session.address,
            Work::Send {
                start,
                length,
                time: 2 * limit,
            },
        )?;
        let (mut checker, mut buffer) = (Checker::new(start), vec![0; BUFFER]);
        let mut arrivals: Vec<(f64, u64)> = Vec::new();
        let begin = Instant::now();
        while begin.elapsed() < limit {
            let at = format!("download at byte {}", checker.seen());
            let count = stream
                .read(&mut buffer)
                .map_err(|error| explain(&error, &at))?;
            let now = begin.elapsed().as_secs_f64();
            checker.read(buffer.get(..count).unwrap_or_default())?;
            let bytes = checker.seen();
            match count {
                0 if length == Some(bytes) => return Ok(Self { arrivals, bytes }),
                0 => return Err(fault(format!("the stream ended after {bytes} bytes"))),
                _ => arrivals.push((now, count as u64)),
            }
            if let (Whole::Time(time), [first, _, ..]) = (whole, arrivals.as_slice())
                && now - first.0 > time.as_secs_f64()
            {
                return Ok(Self { arrivals, bytes });
            }
        }
        Err(fault(format!("only {} bytes in {limit:?}", checker.seen())))
    }

    /// Bytes per second from the first arrival, which is not counted, to the last.
    pub fn rate(&self) -> Result<f64> {
        match (self.arrivals.first(), self.arrivals.last()) {
            (Some(first), Some(last)) if last.0 > first.0 => {
                Ok((self.bytes - first.1) as f64 / (last.0 - first.0))
            }
            _ => Err(fault("fewer than two arrivals")),
        }
    }
}
