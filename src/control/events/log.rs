//! The events of late, for whoever wants to follow.
//!
//! They are kept whether anybody follows or not, so that a follower can take up where it left off,
//! and in bounded memory: the oldest go first, and a follower that is too slow is told how many it
//! missed. Telling costs whoever tells a push under a short lock; it waits for no follower.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::sync::{Notify, Semaphore};

use super::event::{Actor, Change, ChangeTarget, Event, EventKind};

/// How many events are kept, and how many bytes of memory they may hold on to.
pub const KEPT: usize = 8192;
pub(in crate::control) const KEPT_BYTES: usize = 4 << 20;
/// How many may follow at a time.
pub const MAX_FOLLOWERS: usize = 256;
/// How many events a follower gets at a time.
pub(super) const BATCH: usize = 256;

#[derive(Debug)]
pub(in crate::control) struct EventLog {
    kept: Mutex<Kept>,
    pub(super) pushed: Notify,
    /// Permits for followers.
    pub(super) permits: Arc<Semaphore>,
    /// Tells this run of the server from others.
    pub(super) run: u32,
}

#[derive(Debug, Default)]
pub(super) struct Kept {
    events: VecDeque<(SystemTime, EventKind)>,
    /// The number of the last one.
    pub(super) last: u64,
    weight: usize,
}

impl Default for EventLog {
    fn default() -> Self {
        EventLog {
            kept: Mutex::default(),
            pushed: Notify::new(),
            permits: Arc::new(Semaphore::new(MAX_FOLLOWERS)),
            run: rand::random(),
        }
    }
}

impl EventLog {
    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something happened.
    pub(in crate::control) fn push(&self, what: EventKind) {
        self.kept().push(SystemTime::now(), what);
        self.pushed.notify_waiters();
    }

    /// Something was changed.
    pub(in crate::control) fn push_change(
        &self,
        of: ChangeTarget,
        actor: &Actor,
        session: Option<&Arc<str>>,
    ) {
        self.push(EventKind::Change(Arc::new(Change {
            of,
            origin: actor.clone(),
            session: session.cloned(),
        })));
    }
}

impl Kept {
    fn push(&mut self, at: SystemTime, what: EventKind) {
        self.last += 1;
        self.weight += what.weight();
        self.events.push_back((at, what));
        // The last one is kept however heavy it is.
        while self.events.len() > 1 && (self.events.len() > KEPT || self.weight > KEPT_BYTES) {
            let oldest = self.events.pop_front();
            self.weight -= oldest.map_or(0, |(_, what)| what.weight());
        }
    }

    /// The number of the event before the oldest.
    pub(super) fn forgotten(&self) -> u64 {
        self.last - self.events.len() as u64
    }

    /// What comes behind the `seen`-th.
    pub(super) fn behind(&self, seen: u64) -> Option<Delivery> {
        let forgotten = self.forgotten();
        if seen < forgotten {
            return Some(Delivery::Lagged(Some(forgotten - seen)));
        }
        let skip = usize::try_from(seen - forgotten).unwrap_or(usize::MAX);
        let next = self.events.iter().skip(skip).take(BATCH);
        let batch: Vec<Event> = (seen + 1..)
            .zip(next)
            .map(|(number, (at, what))| Event {
                number,
                at: *at,
                what: what.clone(),
            })
            .collect();
        (!batch.is_empty()).then_some(Delivery::Events(batch))
    }
}

/// A place in the events of a server: behind which one to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventCursor {
    /// The run of the server that counted it.
    pub run: u32,
    /// The number of the event.
    pub number: u64,
}

/// From where to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartAt {
    /// From what happens next.
    Now,
    /// From the oldest event that is kept.
    Oldest,
    /// From what came behind this one.
    Behind(EventCursor),
}

/// What a follower is told.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// What happened, in order.
    Events(Vec<Event>),
    /// So many events are not kept any more; `None` if nobody knows how many, because they were of
    /// another run of the server.
    Lagged(Option<u64>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::events::event::SessionEvent;

    #[test]
    fn heavy_events_are_fewer() {
        let events = EventLog::default();
        let name = "n".repeat(4096);
        for _ in 0..5000 {
            let started = ChangeTarget::Session(SessionEvent::Started);
            events.push_change(started, &None, Some(&name.as_str().into()));
        }
        let kept = events.kept();
        assert!(kept.weight <= KEPT_BYTES);
        assert!(
            (900..1024).contains(&kept.events.len()),
            "{}",
            kept.events.len()
        );
        let weight: usize = kept.events.iter().map(|(_, what)| what.weight()).sum();
        assert_eq!(weight, kept.weight);
    }
}
