//! The one place that waits: the schedule of a stage.
//!
//! A toxic says what may leave and when; the schedule holds it until then. It is first in, first
//! out whatever the times say. Must not know what any toxic does.

use std::collections::VecDeque;
use std::time::Duration;

use super::item::{Chunk, Item};
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

/// When the toxic is shown the rest of a chunk again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// When what was sent of it has left. It has begun to leave with that.
    Sent,
    /// The same, but it has not begun to leave.
    PutBack,
    /// When more bytes have come, together with them.
    Joined,
    /// When its other half has told it something.
    Told,
}

/// What a toxic has kept of the chunk in hand.
#[derive(Debug)]
pub(super) struct Rest {
    pub(super) chunk: Chunk,
    pub(super) until: Until,
}

/// What a stage has in hand: the pieces of the chunk (or the ending) it is working on.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    pub(super) entries: VecDeque<Entry>,
    /// Behind the entries.
    pub(super) rest: Option<Rest>,
    /// The toxic wants to be told when the entries have left.
    pub(super) reports: bool,
    /// When the last entry left, less the timer's lateness; gaps are measured from here.
    pub(super) last_release: Option<Moment>,
    /// When the last entry would have left if the way on had always been free. What leaves later
    /// than that has waited for a slow receiver, which is not the toxic's doing.
    last_wanted: Option<Moment>,
    /// By how much chunks move in the stream because of bytes that were added and removed before
    /// them; wraps around where more were removed.
    shift: u64,
    /// The place in the stream behind the chunk that was put last.
    place: u64,
}

impl Schedule {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.rest.is_none()
    }

    /// Whether what is first stays until something changes.
    pub(super) fn holds(&self) -> bool {
        match self.entries.is_empty() {
            true => matches!(&self.rest, Some(rest) if rest.until == Until::Told),
            false => self.next_due().is_none(),
        }
    }

    /// Bytes in hand, bookkeeping included.
    pub(super) fn charge(&self) -> usize {
        let entries = self.entries.iter().map(|entry| entry.item.charge());
        let rest = self.rest.as_ref().map_or(0, |rest| rest.chunk.bytes.len());
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

    /// Puts an entry behind the others. What is held is looked at again, and has its place then.
    pub(super) fn put(&mut self, mut entry: Entry) {
        if let Item::Data(chunk) = &mut entry.item
            && entry.due != Due::Held
        {
            chunk.offset = chunk.offset.wrapping_add(self.shift);
            self.place = chunk.offset.wrapping_add(chunk.bytes.len() as u64);
        }
        if self.entries.capacity() == 0 {
            // One is what most ever need; a queue would begin with four.
            self.entries.reserve_exact(1);
        }
        self.entries.push_back(entry);
    }

    /// Makes room in the stream for bytes that did not come in. Returns the offset to put them with.
    pub(super) fn open(&mut self, size: usize) -> u64 {
        let offset = self.place.wrapping_sub(self.shift);
        self.shift = self.shift.wrapping_add(size as u64);
        offset.wrapping_sub(size as u64)
    }

    /// Closes the gap in the stream that so many bytes leave which do not go on.
    pub(super) fn close(&mut self, size: usize) {
        self.shift = self.shift.wrapping_sub(size as u64);
    }
}
