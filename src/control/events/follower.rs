//! Following events: each follower reads the log by itself, at its own pace.

use std::pin::pin;
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::log::{Delivery, EventCursor, EventLog, MAX_FOLLOWERS, StartAt};
use crate::control::error::{ControlError, Limited};
use crate::control::handle::Control;

/// Follows what happens. Nobody waits for it.
#[derive(Debug)]
pub struct Follower {
    events: Arc<EventLog>,
    /// The number of the last event that it was told of.
    seen: u64,
    of_other_run: bool,
    _permit: OwnedSemaphorePermit,
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
        let delivery = self.events.kept().behind(self.seen);
        match &delivery {
            Some(Delivery::Events(batch)) => self.seen += batch.len() as u64,
            Some(Delivery::Lagged(count)) => self.seen += count.unwrap_or(0),
            None => {}
        }
        delivery
    }

    /// Goes on behind this event, also if it was told of some that come behind.
    pub fn go_on_behind(&mut self, number: u64) {
        self.seen = number;
    }

    /// Waits until there is something that it was not told of.
    pub async fn happens(&self) {
        loop {
            let mut pushed = pin!(self.events.pushed.notified());
            // Before looking, so that nothing comes between the look and the wait.
            pushed.as_mut().enable();
            if self.of_other_run || self.events.kept().last > self.seen {
                return;
            }
            pushed.await;
        }
    }

    /// What happens next. May be dropped while it waits.
    pub async fn next(&mut self) -> Delivery {
        loop {
            if let Some(delivery) = self.next_now() {
                return delivery;
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
        let events = Arc::clone(&self.env().events);
        let permit = Arc::clone(&events.permits).try_acquire_owned();
        let permit = permit.map_err(|_| ControlError::TooMany {
            what: Limited::Followers,
            limit: MAX_FOLLOWERS,
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
            _permit: permit,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Options;
    use crate::control::events::event::{ChangeTarget, SessionEvent};
    use crate::control::events::log::{BATCH, KEPT};

    fn session(events: &EventLog, name: &str) {
        events.push_change(
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
        let events = &control.env().events;
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
        session(&control.env().events, "a");
        assert_eq!(numbers(Some(waiting.await.unwrap())), [1]);
    }

    #[tokio::test]
    async fn who_is_slow_is_told_what_it_missed() {
        let control = Control::new(Options::default()).unwrap();
        let events = &control.env().events;
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
    async fn another_run_is_another_count() {
        let control = Control::new(Options::default()).unwrap();
        session(&control.env().events, "a");
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
    async fn followers_are_bounded_and_return_their_permits() {
        let control = Control::new(Options::default()).unwrap();
        let all: Vec<_> = (0..MAX_FOLLOWERS)
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
