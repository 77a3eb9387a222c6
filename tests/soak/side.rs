//! One end of one connection through a proxy, with what the other end's judge needs to know about
//! it.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How a peer leaves a connection early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// With RST.
    Reset,
    /// Closes the socket, regardless of unread or unsent data.
    Close,
    /// It saw a violation, and closes with RST.
    Appalled,
}

pub struct Side {
    /// Identifies its stream.
    pub id: u64,
    /// The proxy that it is a client or an upstream of.
    pub proxy: usize,
    pub is_client: bool,
    /// For a client, a time before it connected.
    pub born: Instant,
    /// The length of its stream in bytes.
    pub total: u64,
    /// Bytes written so far.
    pub sent: AtomicU64,
    /// When it last wrote, in ms after `born`.
    moved: AtomicU64,
    /// It has ended its stream, or is about to.
    pub finished: AtomicBool,
    /// Set before the peer leaves.
    pub left: OnceLock<(Instant, Leave)>,
    /// The end whose stream it reads.
    pub partner: OnceLock<u64>,
    /// The end that reads its stream.
    pub reader: OnceLock<u64>,
    /// When a head was read at either end, which proves that the connection was served.
    pub met: OnceLock<Instant>,
    pub done: AtomicBool,
}

impl Side {
    pub fn new(id: u64, proxy: usize, is_client: bool, total: u64) -> Self {
        Self {
            id,
            proxy,
            is_client,
            born: Instant::now(),
            total,
            sent: AtomicU64::new(0),
            moved: AtomicU64::new(0),
            finished: AtomicBool::new(false),
            left: OnceLock::new(),
            partner: OnceLock::new(),
            reader: OnceLock::new(),
            met: OnceLock::new(),
            done: AtomicBool::new(false),
        }
    }

    pub fn add_sent(&self, count: usize) {
        self.sent.fetch_add(count as u64, Ordering::SeqCst);
        self.touch();
    }

    pub fn finish(&self) {
        self.finished.store(true, Ordering::SeqCst);
        self.touch();
    }

    fn touch(&self) {
        let now = self.born.elapsed().as_millis() as u64;
        self.moved.store(now, Ordering::SeqCst);
    }

    /// For how long it has sent neither bytes nor an end.
    pub fn quiet(&self) -> Duration {
        let moved = Duration::from_millis(self.moved.load(Ordering::SeqCst));
        self.born.elapsed().saturating_sub(moved)
    }

    pub fn has_finished(&self) -> bool {
        self.finished.load(Ordering::SeqCst)
    }

    pub fn leave(&self, how: Leave) {
        let _ = self.left.set((Instant::now(), how));
    }

    /// The other end, if either of them knows it.
    pub fn other(&self) -> Option<u64> {
        self.partner.get().or(self.reader.get()).copied()
    }
}

impl fmt::Debug for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = if self.is_client { "client" } else { "upstream" };
        let (sent, total) = (self.sent.load(Ordering::SeqCst), self.total);
        write!(
            f,
            "[{who} {} of p{}, {:?} old, sent {sent} of {total}",
            self.id,
            self.proxy,
            self.born.elapsed()
        )?;
        let ended = if self.has_finished() {
            " and the end"
        } else {
            ""
        };
        write!(f, "{ended} {:?} ago", self.quiet())?;
        if let Some((at, how)) = self.left.get() {
            write!(f, ", left {:?} ago with {how:?}", at.elapsed())?;
        }
        write!(f, "]")
    }
}
