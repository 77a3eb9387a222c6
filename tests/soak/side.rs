//! One end of one connection through a proxy, as the other end's judge needs to know it.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How a peer leaves a connection before it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// With RST.
    Reset,
    /// Closes the socket, whatever is unread or unsent.
    Close,
    /// It saw something wrong, and closes with RST.
    Appalled,
}

pub struct Side {
    /// Names its stream.
    pub id: u64,
    /// Which proxy it is a client of, or an upstream of.
    pub proxy: usize,
    pub is_client: bool,
    /// For a client from before it connected.
    pub born: Instant,
    /// The bytes of its stream.
    pub total: u64,
    /// Written so far.
    pub sent: AtomicU64,
    /// When it wrote last, in ms after `born`.
    moved: AtomicU64,
    /// It has ended its stream, or is about to.
    pub finished: AtomicBool,
    /// Set before it happens.
    pub left: OnceLock<(Instant, Leave)>,
    /// Whose stream it reads.
    pub partner: OnceLock<u64>,
    /// Who reads its stream.
    pub reader: OnceLock<u64>,
    /// When a head was read at either end, so that the connection was surely served.
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

    /// For how long it has sent nothing, neither bytes nor an end.
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

    /// Who is at the other end, if either of them knows.
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
