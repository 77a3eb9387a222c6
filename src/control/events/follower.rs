//! Followers of events. Each follower reads the log independently, at its own pace.

use std::pin::pin;
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::log::{Delivery, EventCursor, EventLog, MAX_FOLLOWERS, StartAt};
use crate::control::error::{ControlError, Limited};
use crate::control::handle::Control;

/// Follows the events of a server. A slow follower never blocks the server.
#[derive(Debug)]
pub struct Follower {
    events: Arc<EventLog>,
    /// The number of the last event that it received.
    seen: u64,
    of_other_run: bool,
    _permit: OwnedSemaphorePermit,
}

impl Follower {
    /// The position of the last event that it received.
    pub fn cursor(&self) -> EventCursor {
        EventCursor {
            run: self.events.run,
            number: self.seen,
        }
    }

    /// The next delivery; `None` if it has received everything.
    pub fn try_next(&mut self) -> Option<Delivery> {
        if std::mem::take(&mut self.of_other_run) {
            return Some(Delivery::Lagged(None));
        }
        let delivery = self.events.kept().after(self.seen);
        match &delivery {
            Some(Delivery::Events(batch)) => self.seen += batch.len() as u64,
            Some(Delivery::Lagged(count)) => self.seen += count.unwrap_or(0),
            None => {}
        }
        delivery
    }

    /// Continues after the event with this number, even if it has already received later ones.
    pub fn skip_to(&mut self, number: u64) {
        self.seen = number;
    }

    /// Waits until there is a new delivery.
    pub async fn wait(&self) {
        loop {
            let mut pushed = pin!(self.events.pushed.notified());
            // Register before the check, so that an event between the check and the wait is not missed.
            pushed.as_mut().enable();
            if self.of_other_run || self.events.kept().last > self.seen {
                return;
            }
            pushed.await;
        }
    }
}

impl Control {
    /// Follows events from a position on. A position in the future counts as now.
    ///
    /// # Errors
    /// `ControlError::TooMany`.
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
            StartAt::After(cursor) if cursor.run == events.run => (cursor.number.min(last), false),
            StartAt::After(_) => (first, true),
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

    fn numbers(delivery: Option<Delivery>) -> Vec<u64> {
        match delivery {
            Some(Delivery::Events(batch)) => batch.iter().map(|event| event.number).collect(),
            other => panic!("{other:?}"),
        }
    }

    async fn next(follower: &mut Follower) -> Delivery {
        loop {
            if let Some(delivery) = follower.try_next() {
                return delivery;
            }
            follower.wait().await;
        }
    }

    #[tokio::test]
    async fn a_follower_receives_new_events_and_another_continues_at_its_cursor() {
        let control = Control::new(Options::default()).unwrap();
        let events = &control.env().events;
        session(events, "a");
        let mut follower = control.follow(StartAt::Now).unwrap();
        assert!(follower.try_next().is_none());
        session(events, "b");
        session(events, "c");
        assert_eq!(numbers(Some(next(&mut follower).await)), [2, 3]);
        assert!(follower.try_next().is_none());
        let cursor = follower.cursor();
        drop(follower);
        session(events, "d");
        let mut again = control.follow(StartAt::After(cursor)).unwrap();
        assert_eq!(numbers(again.try_next()), [4]);
        let mut all = control.follow(StartAt::Oldest).unwrap();
        assert_eq!(numbers(all.try_next()), [1, 2, 3, 4]);
        let ahead = EventCursor {
            number: 99,
            ..cursor
        };
        let mut ahead = control.follow(StartAt::After(ahead)).unwrap();
        assert!(ahead.try_next().is_none());
    }

    #[tokio::test]
    async fn an_event_wakes_a_waiting_follower() {
        let control = Control::new(Options::default()).unwrap();
        let mut follower = control.follow(StartAt::Now).unwrap();
        let waiting = tokio::spawn(async move { next(&mut follower).await });
        tokio::task::yield_now().await;
        session(&control.env().events, "a");
        assert_eq!(numbers(Some(waiting.await.unwrap())), [1]);
    }

    #[tokio::test]
    async fn a_slow_follower_learns_how_many_events_it_missed() {
        let control = Control::new(Options::default()).unwrap();
        let events = &control.env().events;
        let mut slow = control.follow(StartAt::Now).unwrap();
        for _ in 0..KEPT + 10 {
            session(events, "a");
        }
        assert!(matches!(slow.try_next(), Some(Delivery::Lagged(Some(10)))));
        let mut received = 0;
        while let Some(Delivery::Events(batch)) = slow.try_next() {
            assert_eq!(batch.first().unwrap().number, 11 + received);
            assert!(batch.len() <= BATCH);
            received += batch.len() as u64;
        }
        assert_eq!(received, KEPT as u64);
    }

    #[tokio::test]
    async fn a_cursor_of_another_run_lags_by_an_unknown_number() {
        let control = Control::new(Options::default()).unwrap();
        session(&control.env().events, "a");
        let cursor = control.follow(StartAt::Now).unwrap().cursor();
        let other = EventCursor {
            run: cursor.run.wrapping_add(1),
            number: 7,
        };
        let mut follower = control.follow(StartAt::After(other)).unwrap();
        assert!(matches!(follower.try_next(), Some(Delivery::Lagged(None))));
        assert_eq!(numbers(follower.try_next()), [1]);
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
