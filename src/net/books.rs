//! What each toxic did on one connection, as the connection's record shows it.
//!
//! May know: `engine`. Must not know: what looks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::engine::{Direction, Hits, Tally};

/// A toxic's account.
#[derive(Debug)]
struct Account {
    toxic: u64,
    name: Arc<str>,
    tally: Arc<Tally>,
}

/// The accounts of now, up and down. Most connections meet no toxics and have none.
#[derive(Debug, Default)]
pub(super) struct Books(Mutex<Option<Box<[Vec<Account>; 2]>>>);

impl Books {
    fn open(&self) -> MutexGuard<'_, Option<Box<[Vec<Account>; 2]>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows what toxics do on one direction from now on: id, name and tally of each.
    pub(super) fn show<'a>(
        &self,
        direction: Direction,
        now: impl Iterator<Item = (u64, &'a Arc<str>, &'a Arc<Tally>)>,
    ) {
        let now = now.map(|(toxic, name, tally)| Account {
            toxic,
            name: Arc::clone(name),
            tally: Arc::clone(tally),
        });
        let now: Vec<Account> = now.collect();
        let mut open = self.open();
        if now.is_empty() && open.is_none() {
            return;
        }
        let [up, down] = &mut **open.get_or_insert_default();
        match direction {
            Direction::Upstream => *up = now,
            Direction::Downstream => *down = now,
        }
    }

    /// The connection is over: nothing is shown any more. Its record may be kept for long.
    pub(super) fn close(&self) {
        let closed = self.open().take();
        drop(closed);
    }

    /// What each toxic did, by the toxic's id.
    pub(super) fn hits(&self) -> Vec<(u64, Hits)> {
        self.collect(|account| Some((account.toxic, account.tally.hits())))
    }

    /// What each toxic did that did something, by the toxic's name.
    pub(super) fn touched(&self) -> Vec<(Arc<str>, Hits)> {
        self.collect(|account| {
            let hits = account.tally.hits();
            (hits.connections > 0).then(|| (Arc::clone(&account.name), hits))
        })
    }

    fn collect<T>(&self, pick: impl Fn(&Account) -> Option<T>) -> Vec<T> {
        let open = self.open();
        let both = open.iter().flat_map(|both| both.iter().flatten());
        both.filter_map(pick).collect()
    }
}
