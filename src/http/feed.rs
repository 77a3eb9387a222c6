//! Events as text for followers. Each batch is serialized once for all followers with the same cursor.
//!
//! May know: `control`'s events, `views`. Must not know: connections, what a follower wants.
//!
//! Hundreds of followers and thousands of events a second would occupy the API's thread if each follower
//! serialized every event as it happened. So all followers read at the same moments, at most 50 times a
//! second, and share the batch that the first of them made.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::time::Instant;

use super::views::event;
use crate::control::{Event, EventCursor};
use crate::wire::go_json;

/// How often a follower reads while events keep coming. After a quiet time it receives the first event at
/// once.
pub(super) const PACE: Duration = Duration::from_millis(20);
/// A batch ends with the event whose text crosses this many bytes.
const BATCH: usize = 128 << 10;
/// The number of recent batches kept for followers that lag slightly.
const KEPT: usize = 4;

/// The recent batches. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    batches: Arc<Mutex<Vec<Arc<Batch>>>>,
    start: Instant,
}

/// Consecutive events and their text.
#[derive(Debug)]
pub(super) struct Batch {
    /// The number of the event before the first one.
    behind: u64,
    events: Vec<Event>,
    text: Bytes,
    /// The end offset of each event's text.
    ends: Vec<usize>,
}

impl Default for Feed {
    fn default() -> Self {
        Feed {
            batches: Arc::default(),
            start: Instant::now(),
        }
    }
}

impl Feed {
    /// The batch that follows this event, if a follower has made it already.
    pub(super) fn behind(&self, number: u64) -> Option<Arc<Batch>> {
        let batches = self.batches.lock();
        let mut batches = batches.iter();
        batches.find(|batch| batch.behind == number).cloned()
    }

    /// Makes a batch from the first of these events, which follow `place`.
    pub(super) fn add(&self, events: Vec<Event>, place: EventCursor) -> Arc<Batch> {
        let batch = Arc::new(Batch::of(events, place));
        let mut batches = self.batches.lock();
        if batches.len() >= KEPT {
            batches.remove(0);
        }
        batches.push(Arc::clone(&batch));
        batch
    }

    /// When to read next after a read at `last`. The moments are the same for all followers.
    pub(super) fn next_look(&self, last: Instant) -> Instant {
        let pace = PACE.as_nanos().max(1);
        let ticks = last.saturating_duration_since(self.start).as_nanos() / pace + 1;
        let ticks = u32::try_from(ticks).unwrap_or(u32::MAX);
        PACE.checked_mul(ticks)
            .and_then(|time| self.start.checked_add(time))
            .unwrap_or(last + PACE)
    }
}

impl Batch {
    fn of(mut events: Vec<Event>, place: EventCursor) -> Self {
        let (mut text, mut ends) = (Vec::new(), Vec::new());
        for event in &events {
            let number = event.number;
            let place = EventCursor { number, ..place };
            put(
                &mut text,
                event.kind.name(),
                &event::event(event, place),
                place,
            );
            ends.push(text.len());
            if text.len() >= BATCH {
                break;
            }
        }
        events.truncate(ends.len());
        Batch {
            behind: place.number,
            events,
            text: text.into(),
            ends,
        }
    }

    /// The number of the last event in the batch.
    pub(super) fn last(&self) -> u64 {
        self.behind + self.events.len() as u64
    }

    /// The text of the events that match `wanted`.
    pub(super) fn text(&self, wanted: impl Fn(&Event) -> bool) -> Bytes {
        let mut some = Vec::new();
        let mut start = 0;
        let mut all = true;
        for (event, end) in self.events.iter().zip(&self.ends) {
            if wanted(event) {
                some.extend_from_slice(self.text.get(start..*end).unwrap_or_default());
            } else {
                all = false;
            }
            start = *end;
        }
        // Most followers want every event, so they can share one buffer.
        if all { self.text.clone() } else { some.into() }
    }

    /// The text of all events.
    pub(super) fn whole(&self) -> Bytes {
        self.text.clone()
    }
}

/// Appends one event in the format of the HTML standard.
pub(super) fn put(text: &mut Vec<u8>, name: &str, data: &impl Serialize, place: EventCursor) {
    // JSON escapes line breaks inside strings and has none outside them, so `data` is always one line.
    // Serialization cannot fail.
    let data = go_json::to_vec(data).unwrap_or_default();
    let id = event::id(place);
    text.extend_from_slice(format!("event: {name}\nid: {id}\ndata: ").as_bytes());
    text.extend_from_slice(&data);
    text.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{Control, Delivery, NewProxy, Options, StartAt};

    async fn events(names: &[&str]) -> (Vec<Event>, EventCursor) {
        let control = Control::new(Options::default()).unwrap();
        let mut follower = control.follow(StartAt::Now).unwrap();
        let place = follower.cursor();
        for name in names {
            let new = NewProxy {
                name: Some((*name).to_owned()),
                upstream: Some("127.0.0.1:1".into()),
                enabled: Some(false),
                ..NewProxy::default()
            };
            control.create(new).await.unwrap();
        }
        let Some(Delivery::Events(events)) = follower.try_next() else {
            panic!("nothing happened");
        };
        (events, place)
    }

    #[tokio::test]
    async fn a_batch_is_written_once_for_all_who_are_at_its_place() {
        let (events, place) = events(&["a", "b", "c"]).await;
        let feed = Feed::default();
        let batch = feed.add(events, place);
        assert_eq!(batch.last(), place.number + 3);
        let other = feed.behind(place.number).unwrap();
        assert_eq!(other.whole().as_ptr(), batch.whole().as_ptr());
        assert_eq!(other.text(|_| true).as_ptr(), batch.whole().as_ptr());
        assert!(feed.behind(place.number + 1).is_none());
        let some = batch.text(|event| event.kind.proxy() == Some("b"));
        let some = String::from_utf8(some.to_vec()).unwrap();
        assert_eq!(some.matches("event: proxy.created\nid: ").count(), 1);
        assert!(
            some.contains("\"proxy\":\"b\"") && some.ends_with("}\n\n"),
            "{some}"
        );
    }

    #[tokio::test]
    async fn a_batch_ends_where_its_text_is_long_enough() {
        let names: Vec<String> = (0..50)
            .map(|n| format!("{n}{}", "x".repeat(4000)))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (events, place) = events(&names).await;
        let batch = Batch::of(events, place);
        let count = batch.last() - place.number;
        assert!((20..50).contains(&count), "{count}");
        assert!((BATCH..BATCH + 20_000).contains(&batch.whole().len()));
    }

    #[tokio::test(start_paused = true)]
    async fn followers_look_at_the_same_moments() {
        let feed = Feed::default();
        let first = feed.next_look(Instant::now());
        tokio::time::advance(PACE / 2).await;
        assert_eq!(feed.next_look(Instant::now()), first);
        tokio::time::advance(PACE / 2).await;
        assert_eq!(feed.next_look(Instant::now()), first + PACE);
    }
}
