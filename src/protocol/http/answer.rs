//! An answer that is given in place of the upstream's.

use std::time::Duration;

use bytes::Bytes;

/// An answer that is given in place of the upstream's.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The status code, 200 to 599.
    pub status: u16,
    /// Its fields, in order. `Content-Length` is added on the wire.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Bytes,
    /// Bytes to send instead of all of the above, as they are. The connection is closed behind them.
    pub raw: Option<Bytes>,
    /// When the client may ask again.
    pub retry_after: Option<RetryAfter>,
    /// Close the connection behind it.
    pub close: bool,
    /// For gRPC, the status code (0 to 16) to answer with instead of `status`.
    pub grpc_status: Option<u8>,
}

/// When the client may ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter {
    /// The time. `Retry-After` carries it in whole seconds, rounded up.
    pub time: Duration,
    /// Whether `retry-after-ms` carries it too, in milliseconds, which some client libraries read
    /// first.
    pub in_millis: bool,
}

impl RetryAfter {
    /// The time as the client is told: whole seconds, unless it can read milliseconds.
    pub fn told(self) -> Duration {
        match self.in_millis {
            true => self.time,
            false => Duration::from_secs(self.seconds()),
        }
    }

    /// The time in whole seconds, rounded up, as `Retry-After` carries it.
    pub fn seconds(self) -> u64 {
        let part = u64::from(self.time.subsec_nanos() > 0);
        self.time.as_secs().saturating_add(part)
    }
}
