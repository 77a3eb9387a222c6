//! The one place that waits: the schedule of a stage, and the outlet through which a toxic fills it.
//!
//! A toxic says what may leave and when; the schedule holds it until then. It is first in, first
//! out whatever the times say. Must not know what any toxic does.

use std::collections::VecDeque;
use std::time::Duration;

use super::draw::DrawKey;
use super::item::{Chunk, Ending, Item};
use super::time::Moment;

/// When an entry may leave, once it is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// As soon as it is the first.
    AtOnce,
    /// At a time on the clock.
    At(Moment),
    /// So long after it could first have left: it takes that time, as bytes on a slow wire do.
    Taking(Duration),
    /// At once, but so long after the release before it at the earliest.
    Spaced(Duration),
    /// Not until something changes; then it leaves.
    Stalled,
    /// Not until something changes; then the toxic looks at it again.
    Held,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) due: Due,
    /// When it was put in: nothing leaves before it came.
    pub(super) entered: Moment,
    /// When the toxic could first have been shown it. That is before `entered` where what came
    /// before it was kept from leaving.
    pub(super) met: Moment,
    pub(super) item: Item,
}

/// What a stage has in hand: the pieces of the chunk (or the ending) it is working on.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    pub(super) entries: VecDeque<Entry>,
    /// The rest of the chunk in hand: shown to the toxic again when the entries have left.
    pub(super) rest: Option<Chunk>,
    /// When the last entry left, less the timer's lateness; gaps are measured from here.
    pub(super) last_release: Option<Moment>,
    /// When the last entry would have left if the way on had always been free. What leaves later
    /// than that has waited for a slow receiver, which is not the toxic's doing.
    pub(super) last_wanted: Option<Moment>,
}

impl Schedule {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.rest.is_none()
    }

    /// Whether the first entry stays until something changes.
    pub(super) fn holds(&self) -> bool {
        !self.entries.is_empty() && self.next_due().is_none()
    }

    /// Bytes in hand, bookkeeping included.
    pub(super) fn charge(&self) -> usize {
        let entries = self.entries.iter().map(|entry| entry.item.charge());
        let rest = self.rest.as_ref().map_or(0, |rest| rest.bytes.len());
        entries.sum::<usize>() + rest
    }

    /// When the first entry may leave; `None` if there is none, or it is held.
    pub(super) fn next_due(&self) -> Option<Moment> {
        let entry = self.entries.front()?;
        let free = self
            .last_release
            .unwrap_or(Moment::ORIGIN)
            .max(entry.entered);
        match entry.due {
            Due::AtOnce => Some(free),
            Due::At(at) => Some(at.max(free)),
            Due::Taking(span) => Some(free + span),
            Due::Spaced(gap) => {
                let after = self.last_release.map_or(Moment::ORIGIN, |last| last + gap);
                Some(after.max(entry.entered))
            }
            Due::Stalled | Due::Held => None,
        }
    }
}

impl Schedule {
    /// Forgets when things left: the toxic begins anew.
    pub(super) fn begin_anew(&mut self) {
        self.last_release = None;
        self.last_wanted = None;
    }

    /// When the toxic wanted an entry, which leaves now, to leave. Never before it could have been
    /// shown it.
    pub(super) fn note_wanted(&mut self, entry: &Entry) -> Moment {
        let last = self.last_wanted.unwrap_or(Moment::ORIGIN);
        let first = entry.met.max(last);
        let wanted = match entry.due {
            Due::At(at) => at.max(first),
            Due::Taking(span) => first + span,
            Due::Spaced(gap) => self
                .last_wanted
                .map_or(entry.met, |last| entry.met.max(last + gap)),
            Due::AtOnce | Due::Stalled | Due::Held => first,
        };
        self.last_wanted = Some(wanted);
        wanted
    }
}

/// A toxic's one way to act. What is sent first leaves first, always.
#[derive(Debug)]
pub struct Outlet<'a> {
    pub(super) schedule: &'a mut Schedule,
    pub(super) timer: &'a mut Option<Moment>,
    pub(super) now: Moment,
    /// The same, but for what is shown only after a wait for what came before it.
    pub(super) met: Moment,
    pub(super) draw_key: DrawKey,
    /// Bytes that were shown and have not been put anywhere yet.
    pub(super) unplaced: usize,
    /// The toxic has destroyed bytes: no other bytes may follow.
    pub(super) lossy: bool,
}

impl Outlet<'_> {
    /// The moment of the event that the toxic is told of. A late timer does not show here.
    pub fn event_time(&self) -> Moment {
        self.now
    }

    /// The random choice that belongs to a place in the stream of this link and this toxic.
    pub fn draw(&self, offset: u64) -> DrawKey {
        self.draw_key.numbered(offset)
    }

    /// Lets a chunk go at once.
    pub fn send(&mut self, chunk: Chunk) {
        self.put(Due::AtOnce, Item::Data(chunk));
    }

    /// Lets a chunk go at a time on the clock.
    pub fn send_at(&mut self, at: Moment, chunk: Chunk) {
        self.put(Due::At(at), Item::Data(chunk));
    }

    /// Lets a chunk go when `span` has passed since it was the first in line and had arrived.
    pub fn send_taking(&mut self, span: Duration, chunk: Chunk) {
        self.put(Due::Taking(span), Item::Data(chunk));
    }

    /// Lets a chunk go at once, but at least `gap` after the release before it.
    pub fn send_spaced(&mut self, gap: Duration, chunk: Chunk) {
        self.put(Due::Spaced(gap), Item::Data(chunk));
    }

    /// Keeps a chunk that had begun to leave until the toxic changes or goes; then it leaves at once.
    pub fn park(&mut self, chunk: Chunk) {
        self.put(Due::Stalled, Item::Data(chunk));
    }

    /// Keeps a chunk until the toxic changes, which then looks at it again, or goes.
    pub fn hold_for_retry(&mut self, chunk: Chunk) {
        self.put(Due::Held, Item::Data(chunk));
    }

    /// Ends the direction after all that was sent.
    pub fn end(&mut self, ending: Ending) {
        self.put(Due::AtOnce, Item::End(ending));
    }

    /// Ends the direction at a time on the clock.
    pub fn end_at(&mut self, at: Moment, ending: Ending) {
        self.put(Due::At(at), Item::End(ending));
    }

    /// Ends the direction after all that was sent, and at least `gap` after the release before.
    pub fn end_spaced(&mut self, gap: Duration, ending: Ending) {
        self.put(Due::Spaced(gap), Item::End(ending));
    }

    /// Keeps an ending until the toxic changes, which then looks at it again, or goes.
    pub fn hold_end(&mut self, ending: Ending) {
        self.put(Due::Held, Item::End(ending));
    }

    /// Keeps the rest of a chunk in hand, behind what was sent of it; `on_data` comes with it when
    /// that has left. So a chunk that is cut into many pieces costs no more than a few.
    pub fn defer_rest(&mut self, rest: Chunk) {
        debug_assert!(self.schedule.rest.is_none());
        if self.places(&rest) {
            self.schedule.rest = Some(rest);
        }
    }

    /// Throws away what this toxic has in hand: the connection is about to be cut.
    pub fn discard(&mut self) {
        self.lossy |= self.schedule.charge() > 0;
        self.schedule.entries.clear();
        self.schedule.rest = None;
    }

    /// Asks for `on_timer` at `at`, in place of what was asked for before.
    pub fn set_timer(&mut self, at: Moment) {
        *self.timer = Some(at);
    }

    /// Takes the request for `on_timer` back.
    pub fn clear_timer(&mut self) {
        *self.timer = None;
    }

    /// Whether a chunk may be put anywhere: behind bytes that were destroyed none may.
    fn places(&mut self, chunk: &Chunk) -> bool {
        self.unplaced = self.unplaced.saturating_sub(chunk.bytes.len());
        !self.lossy && !chunk.bytes.is_empty()
    }

    fn put(&mut self, due: Due, item: Item) {
        if let Item::Data(chunk) = &item
            && !self.places(chunk)
        {
            return;
        }
        let entries = &mut self.schedule.entries;
        if entries.capacity() == 0 {
            // One is what most ever need; a queue would begin with four.
            entries.reserve_exact(1);
        }
        entries.push_back(Entry {
            due,
            entered: self.now,
            met: self.met,
            item,
        });
    }
}
