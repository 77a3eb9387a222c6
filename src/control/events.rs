//! The events of late, for whoever wants to follow.
//!
//! They are kept whether anybody follows or not, so that a follower can take up where it left off,
//! and in bounded memory: the oldest go first, and a follower that is too slow is told how many it
//! missed. Telling costs whoever tells a push under a short lock; it waits for no follower.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::Control;
use super::error::{ControlError, Limited};
use super::event::{Change, ChangeTarget, Event, EventKind};
use super::tell::Actor;

/// How many events are kept, and how many bytes of memory they may hold on to.
pub const KEPT: usize = 8192;
pub(super) const KEPT_BYTES: usize = 4 << 20;
/// How many may follow at a time.
pub const MOST_FOLLOWERS: usize = 256;
/// How many events a follower gets at a time.
const BATCH: usize = 256;

#[derive(Debug)]
pub(super) struct Events {
    kept: Mutex<Kept>,
    news: Notify,
    seats: Arc<Semaphore>,
    /// Tells this run of the server from others.
    run: u32,
}

#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<(SystemTime, EventKind)>,
    /// The number of the last one.
    last: u64,
    weight: usize,
}

impl Default for Events {
    fn default() -> Self {
        Events {
            kept: Mutex::default(),
            news: Notify::new(),
            seats: Arc::new(Semaphore::new(MOST_FOLLOWERS)),
            run: rand::random(),
        }
    }
}

impl Events {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something happened.
    pub(super) fn tell(&self, what: EventKind) {
        self.kept().push(SystemTime::now(), what);
        self.news.notify_waiters();
    }

    /// Something was changed.
    pub(super) fn tell_of(&self, of: ChangeTarget, by: &Actor, session: Option<&Arc<str>>) {
        self.tell(EventKind::Change(Arc::new(Change {
            of,
            origin: by.clone(),
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
    fn forgotten(&self) -> u64 {
        self.last - self.events.len() as u64
    }

    /// What comes behind the `seen`-th.
    fn behind(&self, seen: u64) -> Option<Delivery> {
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

/// Follows what happens. Nobody waits for it.
#[derive(Debug)]
pub struct Follower {
    events: Arc<Events>,
    /// The number of the last event that it was told of.
    seen: u64,
    of_other_run: bool,
    _seat: OwnedSemaphorePermit,
}

impl Follower {
    /// Where it is.
    pub fn place(&self) -> EventCursor {
        EventCursor {
            run: self.events.run,
            number: self.seen,
        }
    }

    /// What has happened that it was not told of; `None` if nothing has.
    pub fn next_now(&mut self) -> Option<Delivery> {
        if std::mem::take(&mut self.of_other_run) {
            return Some(Delivery::Lagged(None));
        }
        let news = self.events.kept().behind(self.seen);
        match &news {
            Some(Delivery::Events(batch)) => self.seen += batch.len() as u64,
            Some(Delivery::Lagged(count)) => self.seen += count.unwrap_or(0),
            None => {}
        }
        news
    }

    /// Goes on behind this event, also if it was told of some that come behind.
    pub fn go_on_behind(&mut self, number: u64) {
        self.seen = number;
    }

    /// Waits until there is something that it was not told of.
    pub async fn happens(&self) {
        loop {
            let mut news = pin!(self.events.news.notified());
            // Before looking, so that nothing comes between the look and the wait.
            news.as_mut().enable();
            if self.of_other_run || self.events.kept().last > self.seen {
                return;
            }
            news.await;
        }
    }

    /// What happens next. May be dropped while it waits.
    pub async fn next(&mut self) -> Delivery {
        loop {
            if let Some(news) = self.next_now() {
                return news;
            }
            self.happens().await;
        }
    }
}

impl Control {
    /// Follows what happens from some place on. A place that is yet to come is now.
    ///
    /// # Errors
    /// [`ControlError::TooManyFollowers`].
    pub fn follow(&self, from: StartAt) -> Result<Follower, ControlError> {
        let events = Arc::clone(&self.shared.events);
        let seat = Arc::clone(&events.seats).try_acquire_owned();
        let seat = seat.map_err(|_| ControlError::TooMany {
            what: Limited::Followers,
            limit: MOST_FOLLOWERS,
        })?;
        let (first, last) = {
            let kept = events.kept();
            (kept.forgotten(), kept.last)
        };
        let (seen, of_other_run) = match from {
            StartAt::Now => (last, false),
            StartAt::Oldest => (first, false),
            StartAt::Behind(place) if place.run == events.run => (place.number.min(last), false),
            StartAt::Behind(_) => (first, true),
        };
        Ok(Follower {
            events,
            seen,
            of_other_run,
            _seat: seat,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{Options, SessionEvent};

    fn session(events: &Events, name: &str) {
        events.tell_of(
            ChangeTarget::Session(SessionEvent::Started),
            &None,
            Some(&name.into()),
        );
    }

    fn numbers(news: Option<Delivery>) -> Vec<u64> {
        match news {
            Some(Delivery::Events(batch)) => batch.iter().map(|event| event.number).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_follower_is_told_of_what_comes_and_can_take_up_where_it_was() {
        let control = Control::new(Options::default()).unwrap();
        let events = &control.shared.events;
        session(events, "a");
        let mut follower = control.follow(StartAt::Now).unwrap();
        assert!(follower.next_now().is_none());
        session(events, "b");
        session(events, "c");
        assert_eq!(numbers(Some(follower.next().await)), [2, 3]);
        assert!(follower.next_now().is_none());
        let place = follower.place();
        drop(follower);
        session(events, "d");
        let mut again = control.follow(StartAt::Behind(place)).unwrap();
        assert_eq!(numbers(again.next_now()), [4]);
        let mut all = control.follow(StartAt::Oldest).unwrap();
        assert_eq!(numbers(all.next_now()), [1, 2, 3, 4]);
        let ahead = EventCursor {
            number: 99,
            ..place
        };
        let mut ahead = control.follow(StartAt::Behind(ahead)).unwrap();
        assert!(ahead.next_now().is_none());
    }

    #[tokio::test]
    async fn what_happens_while_one_waits_wakes_it() {
        let control = Control::new(Options::default()).unwrap();
        let mut follower = control.follow(StartAt::Now).unwrap();
        let waiting = tokio::spawn(async move { follower.next().await });
        tokio::task::yield_now().await;
        session(&control.shared.events, "a");
        assert_eq!(numbers(Some(waiting.await.unwrap())), [1]);
    }

    #[tokio::test]
    async fn who_is_slow_is_told_what_it_missed() {
        let control = Control::new(Options::default()).unwrap();
        let events = &control.shared.events;
        let mut slow = control.follow(StartAt::Now).unwrap();
        for _ in 0..KEPT + 10 {
            session(events, "a");
        }
        assert!(matches!(slow.next_now(), Some(Delivery::Lagged(Some(10)))));
        let mut told = 0;
        while let Some(Delivery::Events(batch)) = slow.next_now() {
            assert_eq!(batch.first().unwrap().number, 11 + told);
            assert!(batch.len() <= BATCH);
            told += batch.len() as u64;
        }
        assert_eq!(told, KEPT as u64);
    }

    #[tokio::test]
    async fn heavy_events_are_fewer() {
        let events = Events::default();
        let name = "n".repeat(4096);
        for _ in 0..5000 {
            session(&events, &name);
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

    #[tokio::test]
    async fn another_run_is_another_count() {
        let control = Control::new(Options::default()).unwrap();
        session(&control.shared.events, "a");
        let place = control.follow(StartAt::Now).unwrap().place();
        let other = EventCursor {
            run: place.run.wrapping_add(1),
            number: 7,
        };
        let mut follower = control.follow(StartAt::Behind(other)).unwrap();
        assert!(matches!(follower.next_now(), Some(Delivery::Lagged(None))));
        assert_eq!(numbers(follower.next_now()), [1]);
    }

    #[tokio::test]
    async fn followers_are_bounded_and_leave_their_seats() {
        let control = Control::new(Options::default()).unwrap();
        let all: Vec<_> = (0..MOST_FOLLOWERS)
            .map(|_| control.follow(StartAt::Now).unwrap())
            .collect();
        assert!(matches!(
            control.follow(StartAt::Now),
            Err(ControlError::TooMany {
                what: Limited::Followers,
                ..
            })
        ));
        drop(all);
        assert!(control.follow(StartAt::Now).is_ok());
    }
}
