//! Events as the text that followers are sent, written down once for all who are at the same place.
//!
//! May know: `control`'s events, `event`. Must not know: connections, what a follower wants.
//!
//! Hundreds of followers of thousands of events a second would keep the API's thread from everything
//! else, if each wrote down each event and looked as soon as there is one. So followers look at the
//! same moments, a few dozen times a second, and take the batch that the first of them has made.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use serde::Serialize;
use tokio::time::Instant;

use super::views::event;
use crate::control::{Event, EventCursor};
use crate::wire::go_json;

/// How often a follower looks while something happens. What happens in quiet times it hears of at
/// once.
pub(super) const PACE: Duration = Duration::from_millis(20);
/// The text of a batch ends with the event that crosses this many bytes.
const BATCH: usize = 128 << 10;
/// Batches that are kept for followers that are a little behind.
const KEPT: usize = 4;

/// The batches of late. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    batches: Arc<Mutex<Vec<Arc<Batch>>>>,
    start: Instant,
}

/// Events in a row, and their text.
#[derive(Debug)]
pub(super) struct Batch {
    /// The number of the event before the first.
    behind: u64,
    events: Vec<Event>,
    text: Bytes,
    /// Where the text of each ends.
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
    /// The batch behind this event, if somebody has made it.
    pub(super) fn behind(&self, number: u64) -> Option<Arc<Batch>> {
        let batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        let mut batches = batches.iter();
        batches.find(|batch| batch.behind == number).cloned()
    }

    /// Makes a batch of the first of these events, which come behind `place`.
    pub(super) fn add(&self, events: Vec<Event>, place: EventCursor) -> Arc<Batch> {
        let batch = Arc::new(Batch::of(events, place));
        let mut batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        if batches.len() >= KEPT {
            batches.remove(0);
        }
        batches.push(Arc::clone(&batch));
        batch
    }

    /// When to look after a look at `last`: the same moment for all.
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

    /// The number of the last event.
    pub(super) fn last(&self) -> u64 {
        self.behind + self.events.len() as u64
    }

    /// The text of those events that are wanted.
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
        // Mostly everybody wants everything, and then there is one text for all.
        if all { self.text.clone() } else { some.into() }
    }

    /// The text of all.
    pub(super) fn whole(&self) -> Bytes {
        self.text.clone()
    }
}

/// Writes down one event as the HTML standard has it.
pub(super) fn put(text: &mut Vec<u8>, name: &str, data: &impl Serialize, place: EventCursor) {
    // JSON has no line break outside of its texts' escapes, which is all that could go wrong.
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
