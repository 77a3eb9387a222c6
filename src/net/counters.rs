//! Counts what each toxic did on one connection, for the connection's handle.
//!
//! May know: `engine`. Must not know: who reads the counters.

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use crate::engine::{Direction, Hits, PlannedToxic, Tally};

/// A toxic and what it did.
#[derive(Debug)]
struct ToxicCounter {
    toxic: Arc<PlannedToxic>,
    tally: Arc<Tally>,
}

impl ToxicCounter {
    fn of((toxic, tally): (&Arc<PlannedToxic>, &Arc<Tally>)) -> Self {
        ToxicCounter {
            toxic: Arc::clone(toxic),
            tally: Arc::clone(tally),
        }
    }

    fn is_interceptor(&self) -> bool {
        self.toxic.toxic.is_interceptor()
    }
}

/// Allocates its table only when a toxic applies, as most connections have no toxics.
#[derive(Debug, Default)]
pub(super) struct ToxicCounters(Mutex<Option<Box<CounterTable>>>);

#[derive(Debug, Default)]
struct CounterTable {
    /// The counters of the current toxics: upstream, then downstream.
    now: [Vec<ToxicCounter>; 2],
    /// The counters of the toxics that acted before the dial.
    connect: Vec<ToxicCounter>,
    /// What removed or paused toxics did, by name; at most [`REMEMBERED`] entries.
    gone: Vec<(Arc<str>, Hits)>,
}

/// The number of removed toxics whose counts a connection keeps.
const REMEMBERED: usize = 64;

impl ToxicCounters {
    fn open(&self) -> MutexGuard<'_, Option<Box<CounterTable>>> {
        self.0.lock()
    }

    /// Replaces the current toxics of one direction. Counts of toxics that are gone are kept by name.
    pub(super) fn show<'a>(
        &self,
        direction: Direction,
        now: impl Iterator<Item = (&'a Arc<PlannedToxic>, &'a Arc<Tally>)>,
    ) {
        let now: Vec<ToxicCounter> = now.map(ToxicCounter::of).collect();
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
            } else if hits.connections > 0 && !old.is_interceptor() && table.gone.len() < REMEMBERED
            {
                table.gone.push((Arc::clone(&old.toxic.name), hits));
            }
        }
    }

    /// Shows the toxics that act before the upstream is dialled. Their counts stay when they are gone.
    pub(super) fn show_connect<'a>(
        &self,
        now: impl Iterator<Item = (&'a Arc<PlannedToxic>, &'a Arc<Tally>)>,
    ) {
        let counters: Vec<ToxicCounter> = now.map(ToxicCounter::of).collect();
        if !counters.is_empty() {
            self.open().get_or_insert_default().connect = counters;
        }
    }

    /// Frees the counters when the connection is over, as its handle may live much longer.
    pub(super) fn close(&self) {
        let closed = self.open().take();
        drop(closed);
    }

    /// What each current toxic did, by the toxic's id, and whether it waits for its trigger.
    pub(super) fn hits(&self) -> Vec<(u64, Hits, bool)> {
        let open = self.open();
        let counters = open
            .iter()
            .flat_map(|table| table.connect.iter().chain(table.now.iter().flatten()));
        counters
            .map(|ToxicCounter { toxic, tally }| (toxic.id, tally.hits(), tally.is_waiting()))
            .collect()
    }

    /// What the interceptor shows about the connection, if there is one and it shows something.
    pub(super) fn published(&self) -> Option<u64> {
        let open = self.open();
        let [up, _] = &open.as_ref()?.now;
        let found = up.iter().find(|counter| counter.is_interceptor());
        found.map(|counter| counter.tally.published())
    }

    /// What each toxic that touched the connection did, by name, including toxics since removed.
    pub(super) fn touched(&self) -> Vec<(Arc<str>, Hits)> {
        let open = self.open();
        let Some(table) = &*open else {
            return Vec::new();
        };
        // Names of current toxics are unique, so only `gone` can have an entry of the same name.
        let (mut all, mut others) = (table.gone.clone(), Vec::new());
        let now = table.now.iter().flatten();
        for counter in now.filter(|counter| !counter.is_interceptor()) {
            others.extend(add_to(&mut all, counter));
        }
        all.append(&mut others);
        for counter in &table.connect {
            // It has acted on data since, if its phase was changed.
            let new = add_to(&mut all, counter);
            all.extend(new);
        }
        all
    }
}

/// The sum for a toxic's name, if there is one.
fn sum_of<'a>(all: &'a mut [(Arc<str>, Hits)], name: &Arc<str>) -> Option<&'a mut Hits> {
    let known = all.iter_mut().find(|(known, _)| known == name);
    known.map(|(_, sum)| sum)
}

/// Adds a toxic's hits to the sum for its name. Without one, returns a new entry if it touched the connection.
fn add_to(all: &mut [(Arc<str>, Hits)], counter: &ToxicCounter) -> Option<(Arc<str>, Hits)> {
    let (name, hits) = (&counter.toxic.name, counter.tally.hits());
    if let Some(sum) = sum_of(all, name) {
        sum_up(sum, hits);
        return None;
    }
    (hits.connections > 0).then(|| (Arc::clone(name), hits))
}

/// Adds the hits of another toxic of the same name. `connections` stays: it is the same connection.
fn sum_up(sum: &mut Hits, hits: Hits) {
    sum.bytes += hits.bytes;
    sum.delayed += hits.delayed;
    sum.closed += hits.closed;
    sum.reset += hits.reset;
    sum.unframed += hits.unframed;
}
