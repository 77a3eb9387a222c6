//! What the client can ask the upstream to do on a connection.
//!
//! The client and the upstream are threads of one process. The client registers a job here and
//! sends its number as the first bytes of the connection; both then share the same [`Job`]. The
//! client thus learns what reached the upstream without sending anything over the network.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::fault::{Result, fault};

/// The first byte of a connection that is echoed, this byte included.
pub const ECHO: u8 = b'e';
/// The first byte of a connection whose bytes are read, and counted in [`DRAINED`].
pub const DRAIN: u8 = b'd';
/// The first byte of a connection that has a job; its number follows in eight bytes.
pub const JOB: u8 = b'j';

/// Bytes received on all connections of the kind [`DRAIN`].
pub static DRAINED: AtomicU64 = AtomicU64::new(0);

/// What to do on a connection, in a blocking thread.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// Send the payload from position `start`, `length` bytes or without end, for at most `time`.
    Send {
        start: u64,
        length: Option<u64>,
        time: Duration,
    },
    /// Read everything.
    Take,
    /// Echo, waiting before each answer with `clock_nanosleep`.
    Answer { after: Duration },
}

/// A job and its progress.
#[derive(Debug)]
pub struct Job {
    pub work: Work,
    /// Bytes sent or received.
    pub moved: AtomicU64,
    pub finished: AtomicBool,
}

static NEXT: AtomicU64 = AtomicU64::new(1);
static OPEN: LazyLock<Mutex<HashMap<u64, Arc<Job>>>> = LazyLock::new(Mutex::default);

impl Job {
    /// Registers a job for the upstream. Its number identifies it.
    pub fn leave(work: Work) -> (u64, Arc<Self>) {
        let number = NEXT.fetch_add(1, SeqCst);
        let job = Arc::new(Self {
            work,
            moved: AtomicU64::new(0),
            finished: AtomicBool::new(false),
        });
        OPEN.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(number, Arc::clone(&job));
        (number, job)
    }

    /// Takes the job. Only one thread can do so.
    pub fn take(number: u64) -> Option<Arc<Self>> {
        OPEN.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&number)
    }

    /// Waits until the upstream is done, for at most `limit`. Returns the bytes that it moved.
    pub fn wait(&self, limit: Duration) -> Result<u64> {
        let end = Instant::now() + limit;
        while !self.finished.load(SeqCst) {
            if Instant::now() > end {
                let moved = self.moved.load(SeqCst);
                return Err(fault(format!(
                    "the upstream is still busy after {limit:?}, at byte {moved}"
                )));
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        Ok(self.moved.load(SeqCst))
    }
}
