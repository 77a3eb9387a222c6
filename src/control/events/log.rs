//! The event log: the most recent events, kept whether or not there are followers.
//!
//! Responsible for the order and numbers of events, and for the bound on their memory. The oldest events
//! are dropped first, and a lagged follower is told how many it missed. Pushing takes a short lock and
//! never waits for a follower. Must not know who follows.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{Notify, Semaphore};

use super::clock::WallClock;
use super::event::{Actor, Change, ChangeTarget, Event, EventKind};

/// How many events are kept.
pub const KEPT: usize = 8192;
/// How many bytes of memory the kept events may hold.
const KEPT_BYTES: usize = 4 << 20;
/// How many followers there may be at a time.
pub const MAX_FOLLOWERS: usize = 256;
/// How many events one delivery holds at most.
pub(super) const BATCH: usize = 256;

/// The log. Followers share it.
#[derive(Debug)]
pub(in crate::control) struct EventLog {
    kept: Mutex<Kept>,
    clock: WallClock,
    /// Wakes waiting followers.
    pub(super) pushed: Notify,
    /// Permits for followers.
    pub(super) permits: Arc<Semaphore>,
    /// Identifies this run of the server.
    pub(super) run: u32,
}

#[derive(Debug, Default)]
pub(super) struct Kept {
    events: VecDeque<(SystemTime, EventKind)>,
    /// The number of the newest event.
    pub(super) last: u64,
    /// Bytes of memory that the events hold.
    size: usize,
}

impl Default for EventLog {
    fn default() -> Self {
        EventLog::new(WallClock::default())
    }
}

impl EventLog {
    fn new(clock: WallClock) -> Self {
        EventLog {
            kept: Mutex::default(),
            clock,
            pushed: Notify::new(),
            permits: Arc::new(Semaphore::new(MAX_FOLLOWERS)),
            run: rand::random(),
        }
    }

    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock()
    }

    pub(in crate::control) fn push(&self, kind: EventKind) {
        let mut kept = self.kept();
        // Read the clock under the lock, so that times are in the same order as numbers.
        kept.push(self.clock.now(), kind);
        drop(kept);
        self.pushed.notify_waiters();
    }

    pub(in crate::control) fn push_change(
        &self,
        target: ChangeTarget,
        actor: &Actor,
        session: Option<&Arc<str>>,
    ) {
        self.push(EventKind::Change(Arc::new(Change {
            target,
            origin: actor.clone(),
            session: session.cloned(),
        })));
    }
}

impl Kept {
    fn push(&mut self, at: SystemTime, kind: EventKind) {
        self.last += 1;
        self.size += kind.memory_size();
        self.events.push_back((at, kind));
        // The newest event is kept however large it is.
        while self.events.len() > 1 && (self.events.len() > KEPT || self.size > KEPT_BYTES) {
            let oldest = self.events.pop_front();
            self.size -= oldest.map_or(0, |(_, kind)| kind.memory_size());
        }
    }

    /// The number of the newest event that has been dropped.
    pub(super) fn forgotten(&self) -> u64 {
        self.last - self.events.len() as u64
    }

    /// The delivery after event number `seen`; `None` if there are no later events.
    pub(super) fn after(&self, seen: u64) -> Option<Delivery> {
        let forgotten = self.forgotten();
        if seen < forgotten {
            return Some(Delivery::Lagged(Some(forgotten - seen)));
        }
        let skip = usize::try_from(seen - forgotten).unwrap_or(usize::MAX);
        let next = self.events.iter().skip(skip).take(BATCH);
        let batch: Vec<Event> = (seen + 1..)
            .zip(next)
            .map(|(number, (at, kind))| Event {
                number,
                at: *at,
                kind: kind.clone(),
            })
            .collect();
        (!batch.is_empty()).then_some(Delivery::Events(batch))
    }
}

/// A position in the events of a server: that of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventCursor {
    /// The run of the server that numbered the event.
    pub run: u32,
    /// The number of the event.
    pub number: u64,
}

/// Where a follower starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartAt {
    /// At the next event.
    Now,
    /// At the oldest event in the log.
    Oldest,
    /// At the event after this one.
    After(EventCursor),
}

/// What a follower receives.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// Events, in order.
    Events(Vec<Event>),
    /// The number of missed events, which are no longer in the log; `None` if it is unknown, because the
    /// position is from another run of the server.
    Lagged(Option<u64>),
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::control::events::event::SessionEvent;

    fn push(log: &EventLog, session: &str) {
        let started = ChangeTarget::Session(SessionEvent::Started);
        log.push_change(started, &None, Some(&session.into()));
    }

    #[test]
    fn large_events_are_kept_in_smaller_number() {
        let log = EventLog::default();
        let name = "n".repeat(4096);
        for _ in 0..5000 {
            push(&log, &name);
        }
        let kept = log.kept();
        assert!(kept.size <= KEPT_BYTES);
        assert!(
            (900..1024).contains(&kept.events.len()),
            "{}",
            kept.events.len()
        );
        let sizes = kept.events.iter().map(|(_, kind)| kind.memory_size());
        assert_eq!(sizes.sum::<usize>(), kept.size);
    }

    #[test]
    fn an_event_has_the_time_at_which_it_was_pushed() {
        let noon = || SystemTime::UNIX_EPOCH + Duration::from_secs(12 * 3600);
        let log = EventLog::new(WallClock::of(noon));
        push(&log, "a");
        let delivery = log.kept().after(0);
        let Some(Delivery::Events(events)) = delivery else {
            panic!("{delivery:?}");
        };
        let at: Vec<_> = events.iter().map(|event| event.at).collect();
        assert_eq!(at, [noon()]);
    }
}
