//! What each toxic did on one connection, as the connection's record shows it.
//!
//! May know: `engine`. Must not know: what looks.

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use crate::engine::{Direction, Hits, PlannedToxic, Tally};

/// A toxic's account.
#[derive(Debug)]
struct ToxicCounter {
    toxic: Arc<PlannedToxic>,
    tally: Arc<Tally>,
}

/// Most connections meet no toxics and have no pages.
#[derive(Debug, Default)]
pub(super) struct ToxicCounters(Mutex<Option<Box<CounterTable>>>);

#[derive(Debug, Default)]
struct CounterTable {
    /// The accounts of now, up and down.
    now: [Vec<ToxicCounter>; 2],
    /// What toxics did that are gone or have paused, by name. No more than [`REMEMBERED`].
    gone: Vec<(Arc<str>, Hits)>,
}

/// Toxics that are gone and whose doings a connection remembers.
const REMEMBERED: usize = 64;

impl ToxicCounters {
    fn open(&self) -> MutexGuard<'_, Option<Box<CounterTable>>> {
        self.0.lock()
    }

    /// Shows what toxics do on one direction from now on.
    pub(super) fn show<'a>(
        &self,
        direction: Direction,
        now: impl Iterator<Item = (&'a Arc<PlannedToxic>, &'a Arc<Tally>)>,
    ) {
        let now = now.map(|(toxic, tally)| ToxicCounter {
            toxic: Arc::clone(toxic),
            tally: Arc::clone(tally),
        });
        let now: Vec<ToxicCounter> = now.collect();
        let mut open = self.open();
        if now.is_empty() && open.is_none() {
            return;
        }
        let table = open.get_or_insert_default();
        let [up, down] = &mut table.now;
        let side = direction.pick(up, down);
        let before = std::mem::replace(side, now);
        let known: HashSet<u64> = side.iter().map(|counter| counter.toxic.id).collect();
        for old in before.iter().filter(|old| !known.contains(&old.toxic.id)) {
            let hits = old.tally.hits();
            if let Some(sum) = sum_of(&mut table.gone, &old.toxic.name) {
                sum_up(sum, hits);
            } else if hits.connections > 0 && table.gone.len() < REMEMBERED {
                table.gone.push((Arc::clone(&old.toxic.name), hits));
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
        let counters = open.iter().flat_map(|table| table.now.iter().flatten());
        counters
            .map(|counter| (counter.toxic.id, counter.tally.hits()))
            .collect()
    }

    /// What each toxic did that did something, by the toxic's name, whether it is there still or not.
    pub(super) fn touched(&self) -> Vec<(Arc<str>, Hits)> {
        let open = self.open();
        let Some(table) = &*open else {
            return Vec::new();
        };
        // A name of now is there once, so that it has to be looked for among those that went only.
        let (mut all, mut others) = (table.gone.clone(), Vec::new());
        for counter in table.now.iter().flatten() {
            let hits = counter.tally.hits();
            match sum_of(&mut all, &counter.toxic.name) {
                Some(sum) => sum_up(sum, hits),
                None if hits.connections > 0 => {
                    others.push((Arc::clone(&counter.toxic.name), hits))
                }
                None => {}
            }
        }
        all.append(&mut others);
        all
    }
}

/// What toxics of a name did so far, if one of them did something.
fn sum_of<'a>(all: &'a mut [(Arc<str>, Hits)], name: &Arc<str>) -> Option<&'a mut Hits> {
    let known = all.iter_mut().find(|(known, _)| known == name);
    known.map(|(_, sum)| sum)
}

/// Adds what another toxic of that name did to the same connection.
fn sum_up(sum: &mut Hits, hits: Hits) {
    sum.bytes += hits.bytes;
    sum.delayed += hits.delayed;
    sum.closed += hits.closed;
    sum.reset += hits.reset;
}
