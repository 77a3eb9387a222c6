//! What all parts of the soak share.

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
    /// No new connections and faults.
    pub stop: AtomicBool,
    /// Resets begun so far, each of which removes everybody's toxics.
    pub resets: AtomicU64,
    /// Those of them that are over.
    pub resets_over: AtomicU64,
    /// Peers at work.
    pub live: AtomicUsize,
    /// The server is this package's: it has to be without fault, and does more than Toxiproxy.
    pub own: bool,
    sides: Mutex<HashMap<u64, Arc<Side>>>,
    ids: AtomicU64,
}

/// A proxy of the soak, with the addresses that stay its own.
pub struct Proxy {
    pub name: String,
    pub listen: String,
    /// Listeners that serve it in turn.
    pub upstreams: [String; 2],
    /// Nothing that destroys connections or bytes is done to it.
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

    /// The choices of one actor, which depend on the seed and on who it is alone.
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

    /// Something is not as it has to be.
    pub fn violate(&self, kind: &'static str, text: &str) {
        self.book.violation(kind, text);
        if self.own {
            self.stop.store(true, Ordering::SeqCst);
        }
    }

    /// Whether more time has passed than `bound`, were the machine not as late as it was.
    pub fn exceeds(&self, passed: Duration, bound: Duration) -> bool {
        passed > bound && {
            let from = Instant::now().checked_sub(passed);
            let stall = from.map_or(passed, |from| self.yardstick.worst_since(from));
            passed.saturating_sub(stall) > bound
        }
    }

    /// Puts an end of a connection on record.
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

    /// A peer is through. Both ends of a connection are forgotten together.
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

    /// Forgets those who never learnt of each other; called when no peer is at work.
    pub fn forget(&self) {
        self.sides.lock().unwrap().clear();
    }

    /// Peers that are still at work, told for a report.
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
