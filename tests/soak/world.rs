//! The state that all parts of the soak share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::book::Book;
use super::side::Side;
use super::weather::Weather;
use super::yardstick::Yardstick;
use crate::dice::Dice;

pub struct World {
    pub seed: u64,
    pub proxies: Vec<Proxy>,
    pub book: Book,
    pub yardstick: Yardstick,
    /// No new connections and faults are started.
    pub stop: AtomicBool,
    /// Resets started so far. Each removes the toxics of every controller.
    pub resets: AtomicU64,
    /// The resets that have finished.
    pub resets_over: AtomicU64,
    /// Peers that are running.
    pub live: AtomicUsize,
    /// Whether the server is this package's: it must have no violation, and supports more than
    /// Toxiproxy.
    pub own: bool,
    sides: Mutex<HashMap<u64, Arc<Side>>>,
    ids: AtomicU64,
}

/// A proxy of the soak, with the addresses that stay its own.
pub struct Proxy {
    pub name: String,
    pub listen: String,
    /// Listeners that serve as its upstream in turn.
    pub upstreams: [String; 2],
    /// No fault that destroys connections or bytes is applied to it.
    pub gentle: bool,
    pub weather: Weather,
}

impl World {
    pub fn new(seed: u64, own: bool, proxies: Vec<Proxy>) -> Self {
        Self {
            seed,
            proxies,
            book: Book::default(),
            yardstick: Yardstick::start(),
            stop: AtomicBool::new(false),
            resets: AtomicU64::new(0),
            resets_over: AtomicU64::new(0),
            live: AtomicUsize::new(0),
            own,
            sides: Mutex::default(),
            ids: AtomicU64::new(0),
        }
    }

    /// The random choices of one actor, which depend only on the seed and the actor's identity.
    pub fn dice(&self, who: &str, numbers: &[u64]) -> Dice {
        let letters = who.bytes().map(u64::from);
        let mut key = self.seed;
        for number in letters.chain(numbers.iter().copied()) {
            key = Dice::new(key ^ number.rotate_left(32)).below(u64::MAX);
        }
        Dice::new(key)
    }

    pub fn stops(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Reports a violation.
    pub fn violate(&self, kind: &'static str, text: &str) {
        self.book.violation(kind, text);
        if self.own {
            self.stop.store(true, Ordering::SeqCst);
        }
    }

    /// Whether more time than `bound` has passed, after allowing for the machine's own delays.
    pub fn exceeds(&self, passed: Duration, bound: Duration) -> bool {
        passed > bound && {
            let from = Instant::now().checked_sub(passed);
            let stall = from.map_or(passed, |from| self.yardstick.worst_since(from));
            passed.saturating_sub(stall) > bound
        }
    }

    /// Registers one end of a connection.
    pub fn enter(&self, proxy: usize, is_client: bool, total: u64) -> Arc<Side> {
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        let side = Arc::new(Side::new(id, proxy, is_client, total));
        self.sides.lock().unwrap().insert(id, Arc::clone(&side));
        self.live.fetch_add(1, Ordering::SeqCst);
        side
    }

    pub fn side(&self, id: u64) -> Option<Arc<Side>> {
        self.sides.lock().unwrap().get(&id).cloned()
    }

    /// A peer has finished. Both ends of a connection are forgotten together.
    pub fn retire(&self, side: &Side) {
        side.done.store(true, Ordering::SeqCst);
        self.live.fetch_sub(1, Ordering::SeqCst);
        let mut sides = self.sides.lock().unwrap();
        let other = side.other().and_then(|id| sides.get(&id));
        if let Some(other) = other.filter(|other| other.done.load(Ordering::SeqCst)) {
            let other = other.id;
            sides.remove(&other);
            sides.remove(&side.id);
        }
    }

    /// Forgets the ends that were never matched; called when no peer is running.
    pub fn forget(&self) {
        self.sides.lock().unwrap().clear();
    }

    /// The peers that are still running, for a report.
    pub fn at_work(&self) -> Vec<String> {
        let sides = self.sides.lock().unwrap();
        let working = sides
            .values()
            .filter(|side| !side.done.load(Ordering::SeqCst));
        working
            .map(|side| {
                format!(
                    "{side:?} of {:?}",
                    side.other().and_then(|id| sides.get(&id))
                )
            })
            .collect()
    }
}
