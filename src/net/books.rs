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

/// Most connections meet no toxics and have no pages.
#[derive(Debug, Default)]
pub(super) struct Books(Mutex<Option<Box<Pages>>>);

#[derive(Debug, Default)]
struct Pages {
    /// The accounts of now, up and down.
    now: [Vec<Account>; 2],
    /// What toxics did that are gone or have paused, by name. No more than [`REMEMBERED`].
    gone: Vec<(Arc<str>, Hits)>,
}

/// Toxics that are gone and whose doings a connection remembers.
const REMEMBERED: usize = 64;

impl Books {
    fn open(&self) -> MutexGuard<'_, Option<Box<Pages>>> {
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
        let pages = open.get_or_insert_default();
        let [up, down] = &mut pages.now;
        let side = match direction {
            Direction::Upstream => up,
            Direction::Downstream => down,
        };
        let before = std::mem::replace(side, now);
        let stays = |old: &Account| side.iter().any(|account| account.toxic == old.toxic);
        for old in before.iter().filter(|old| !stays(old)) {
            if pages.gone.len() < REMEMBERED || pages.gone.iter().any(|(name, _)| *name == old.name)
            {
                add(&mut pages.gone, &old.name, old.tally.hits());
            }
        }
    }

    /// The connection is over: nothing is shown any more. Its record may be kept for long.
    pub(super) fn close(&self) {
        let closed = self.open().take();
        drop(closed);
    }

    /// What each toxic of now did, by the toxic's id.
    pub(super) fn hits(&self) -> Vec<(u64, Hits)> {
        let open = self.open();
        let accounts = open.iter().flat_map(|pages| pages.now.iter().flatten());
        accounts
            .map(|account| (account.toxic, account.tally.hits()))
            .collect()
    }

    /// What each toxic did that did something, by the toxic's name, whether it is there still or not.
    pub(super) fn touched(&self) -> Vec<(Arc<str>, Hits)> {
        let open = self.open();
        let Some(pages) = &*open else {
            return Vec::new();
        };
        // Names of now are there once, so that each has to be looked for among those that went only.
        let (mut all, mut others) = (pages.gone.clone(), Vec::new());
        for account in pages.now.iter().flatten() {
            let went = all.iter().any(|(name, _)| *name == account.name);
            let among = if went { &mut all } else { &mut others };
            let hits = account.tally.hits();
            match went {
                true => add(among, &account.name, hits),
                false if hits.connections > 0 => among.push((Arc::clone(&account.name), hits)),
                false => {}
            }
        }
        all.append(&mut others);
        all
    }
}

/// Adds what a toxic did, if it did something, to what one of that name did before.
fn add(all: &mut Vec<(Arc<str>, Hits)>, name: &Arc<str>, hits: Hits) {
    if hits.connections == 0 {
        return;
    }
    match all.iter_mut().find(|(known, _)| known == name) {
        Some((_, sum)) => {
            sum.bytes += hits.bytes;
            sum.delayed += hits.delayed;
            sum.closed += hits.closed;
            sum.reset += hits.reset;
        }
        None => all.push((Arc::clone(name), hits)),
    }
}
