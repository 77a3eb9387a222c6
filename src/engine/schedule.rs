//! The schedule of a stage: the only place where items wait until they are due.
//!
//! A toxic says what may leave and when; the schedule holds it until then. It is strictly first in,
//! first out, whatever the due times are. It must not know what any toxic does.

use std::collections::VecDeque;
use std::time::Duration;

use super::item::{Chunk, Item};
use super::time::Moment;

/// When an entry may leave, once it is first in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// As soon as it is first in line.
    AtOnce,
    /// At a fixed moment.
    At(Moment),
    /// This long after it could first have left. The entry occupies the link for that time, as
    /// bytes on a slow wire do.
    Taking(Duration),
    /// At a moment that was reserved for it on a rate that several links may share. Until it
    /// leaves, it has not begun to leave.
    Reserved(Moment),
    /// At once, but no sooner than this long after the previous release.
    Spaced(Duration),
    /// Held until the toxic changes or is removed; then it leaves.
    Stalled,
    /// Held until the toxic changes, which then sees it again, or is removed.
    Held,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) due: Due,
    /// When it was put into the schedule. It cannot leave before that.
    pub(super) entered: Moment,
    /// When the toxic could first have been shown it. This is before `entered` if the item ahead of
    /// it was prevented from leaving.
    pub(super) met: Moment,
    pub(super) item: Item,
}

/// When the toxic is shown the rest of a chunk again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// When the entries sent before it have left. The rest counts as having begun to leave.
    Sent,
    /// The same, but the rest does not count as having begun to leave.
    PutBack,
    /// When more bytes have arrived, together with them.
    Joined,
    /// When the toxic's other half has sent it a note.
    Told,
}

/// The part of the current chunk that the toxic kept.
#[derive(Debug)]
pub(super) struct Rest {
    pub(super) chunk: Chunk,
    pub(super) until: Until,
}

/// What a stage is releasing: the pieces of the chunk (or the ending) that its toxic is working on.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    pub(super) entries: VecDeque<Entry>,
    /// Follows the entries in stream order.
    pub(super) rest: Option<Rest>,
    /// The toxic has asked for `on_sent` when the entries have left.
    pub(super) reports: bool,
    /// The toxic has asked to be told when the inbox holds more than this many items.
    pub(super) seen: Option<usize>,
    /// When the last entry left, minus the timer's lateness. Gaps are measured from here.
    pub(super) last_release: Option<Moment>,
    /// When the last entry would have left if nothing downstream had blocked it. Any further delay
    /// is a wait for a slow receiver, which is not attributed to the toxic.
    last_wanted: Option<Moment>,
    /// The time for which the last reserved entry occupies its rate; the rest of its wait belongs to
    /// other bytes. Here, because a toxic reserves for one entry at a time, and entries are many.
    pub(super) takes: Duration,
    /// How far offsets are shifted by bytes that the toxic has inserted or removed. It wraps around
    /// if more bytes were removed than inserted.
    shift: u64,
    /// The stream offset just after the last chunk that was put in.
    place: u64,
}

impl Schedule {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.rest.is_none()
    }

    /// Whether the first entry stays until something changes.
    pub(super) fn holds(&self) -> bool {
        match self.entries.is_empty() {
            true => matches!(&self.rest, Some(rest) if rest.until == Until::Told),
            false => self.next_due().is_none(),
        }
    }

    /// Bytes held by the schedule, including bookkeeping.
    pub(super) fn charge(&self) -> usize {
        let entries = self.entries.iter().map(|entry| entry.item.charge());
        let rest = self.rest.as_ref().map_or(0, |rest| rest.chunk.bytes.len());
        entries.sum::<usize>() + rest
    }

    /// When the first entry may leave; `None` if there is no entry or it is held.
    pub(super) fn next_due(&self) -> Option<Moment> {
        let entry = self.entries.front()?;
        let free = self
            .last_release
            .unwrap_or(Moment::ORIGIN)
            .max(entry.entered);
        match entry.due {
            Due::AtOnce => Some(free),
            Due::At(at) | Due::Reserved(at) => Some(at.max(free)),
            Due::Taking(span) => Some(free + span),
            Due::Spaced(gap) => {
                let after = self.last_release.map_or(Moment::ORIGIN, |last| last + gap);
                Some(after.max(entry.entered))
            }
            Due::Stalled | Due::Held => None,
        }
    }

    /// Forgets the release times, because the toxic starts afresh.
    pub(super) fn begin_anew(&mut self) {
        self.last_release = None;
        self.last_wanted = None;
    }

    /// Computes when the toxic wanted this entry, which is leaving now, to leave. That is never
    /// before the toxic could have been shown it.
    pub(super) fn note_wanted(&mut self, entry: &Entry) -> Moment {
        let last = self.last_wanted.unwrap_or(Moment::ORIGIN);
        let first = entry.met.max(last);
        let wanted = match entry.due {
            Due::At(at) | Due::Reserved(at) => at.max(first),
            Due::Taking(span) => first + span,
            Due::Spaced(gap) => self
                .last_wanted
                .map_or(entry.met, |last| entry.met.max(last + gap)),
            Due::AtOnce | Due::Stalled | Due::Held => first,
        };
        self.last_wanted = Some(wanted);
        wanted
    }

    /// Appends an entry. A held chunk gets no offset yet, because the toxic will see it again.
    pub(super) fn put(&mut self, mut entry: Entry) {
        if let Item::Data(chunk) = &mut entry.item
            && entry.due != Due::Held
        {
            chunk.offset = chunk.offset.wrapping_add(self.shift);
            self.place = chunk.offset.wrapping_add(chunk.bytes.len() as u64);
        }
        if self.entries.capacity() == 0 {
            // Most schedules never need more than one entry, and `VecDeque` would allocate four.
            self.entries.reserve_exact(1);
        }
        self.entries.push_back(entry);
    }

    /// Takes back the offset that a chunk was given, because the toxic will see it again.
    pub(super) fn take_back(&self, chunk: &mut Chunk) {
        chunk.offset = chunk.offset.wrapping_sub(self.shift);
    }

    /// Makes room in the stream for inserted bytes. Returns the offset to put them with.
    pub(super) fn open(&mut self, size: usize) -> u64 {
        let offset = self.place.wrapping_sub(self.shift);
        self.shift = self.shift.wrapping_add(size as u64);
        offset.wrapping_sub(size as u64)
    }

    /// Closes the gap that `size` removed bytes leave in the stream.
    pub(super) fn close(&mut self, size: usize) {
        self.shift = self.shift.wrapping_sub(size as u64);
    }
}
