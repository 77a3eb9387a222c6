//! The two places where a stage keeps items: the inbox and the schedule.

use std::collections::VecDeque;

use super::item::{Ending, Item};
use super::schedule::{Due, Entry, Schedule, Until};
use super::time::Moment;

/// An item in the inbox, not yet shown to the toxic.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) arrived: Moment,
    pub(super) item: Item,
}

/// The inbox holds chunks that wait; the schedule holds the one that the toxic is working on.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) inbox: VecDeque<Waiting>,
    pub(super) inbox_charge: usize,
    pub(super) schedule: Schedule,
    /// The first entry was due but could not move on, so its lateness is not the timer's.
    pub(super) blocked: bool,
}

/// What the toxic is called with when its schedule has no entries.
#[derive(Debug)]
pub(super) enum Next {
    /// Everything that it sent has left.
    Sent,
    /// The next item to process.
    Item(Waiting),
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.inbox.is_empty() && self.schedule.is_empty()
    }

    /// Bytes queued here, including bookkeeping.
    pub(super) fn charge(&self) -> usize {
        self.inbox_charge + self.schedule.charge()
    }

    pub(super) fn push(&mut self, arrived: Moment, item: Item) {
        self.inbox_charge += item.charge();
        if self.inbox.capacity() == 0 {
            // Most inboxes never need more than one item, and `VecDeque` would allocate four.
            self.inbox.reserve_exact(1);
        }
        self.inbox.push_back(Waiting { arrived, item });
    }

    /// When the newest item arrived, if the toxic has asked to be told of it and still holds
    /// something.
    pub(super) fn take_arrival(&mut self) -> Option<Moment> {
        let seen = self.schedule.seen?;
        if self.schedule.entries.is_empty() {
            self.schedule.seen = None;
            return None;
        }
        let newest = self.inbox.back().filter(|_| self.inbox.len() > seen)?;
        self.schedule.seen = None;
        Some(newest.arrived)
    }

    /// Returns what to pass to the toxic if its schedule has no entries, and when the last entry
    /// left. The order is: the report that everything was sent, the rest of the current chunk, the
    /// inbox.
    pub(super) fn take_next(&mut self) -> Option<(Next, Moment)> {
        if !self.schedule.entries.is_empty() {
            return None;
        }
        let last = self.schedule.last_release.unwrap_or(Moment::ORIGIN);
        if std::mem::take(&mut self.schedule.reports) {
            return Some((Next::Sent, last));
        }
        let next = match self.schedule.rest.as_ref().map(|rest| rest.until) {
            None => self.pop()?,
            Some(Until::Sent | Until::PutBack) => {
                let chunk = self.schedule.rest.take()?.chunk;
                Waiting {
                    arrived: chunk.arrived,
                    item: Item::Data(chunk),
                }
            }
            Some(Until::Joined) => self.join_rest()?,
            Some(Until::Told) => return None,
        };
        Some((Next::Item(next), last))
    }

    fn pop(&mut self) -> Option<Waiting> {
        let next = self.inbox.pop_front()?;
        self.inbox_charge -= next.item.charge();
        give_back(&mut self.inbox);
        Some(next)
    }

    /// The stream offset just after the last chunk in the inbox.
    pub(super) fn end(&self) -> Option<u64> {
        let mut chunks = self.inbox.iter().rev();
        chunks.find_map(|waiting| match &waiting.item {
            Item::Data(chunk) => Some(chunk.offset.wrapping_add(chunk.bytes.len() as u64)),
            Item::End(_) => None,
        })
    }

    /// Puts the rest of a chunk back to the front of the inbox.
    pub(super) fn put_back(&mut self, arrived: Moment, item: Item) {
        self.inbox_charge += item.charge();
        self.inbox.push_front(Waiting { arrived, item });
    }

    /// Joins the rest with the next chunk. If the next item cannot be joined, sends the rest
    /// unchanged.
    fn join_rest(&mut self) -> Option<Waiting> {
        let next = self.inbox.front()?;
        let mut chunk = self.schedule.rest.take()?.chunk;
        match &next.item {
            Item::Data(more) if more.marks == chunk.marks => {
                let Waiting { arrived, item } = self.pop()?;
                if let Item::Data(more) = item {
                    chunk.join(more);
                }
                let item = Item::Data(chunk);
                Some(Waiting { arrived, item })
            }
            _ => {
                let entered = next.arrived;
                self.schedule.put(Entry {
                    due: Due::AtOnce,
                    entered,
                    met: entered,
                    item: Item::Data(chunk),
                });
                None
            }
        }
    }

    /// Whether what waits in the inbox may matter before its turn: the toxic has asked to be told of
    /// an arrival, or a cut waits. A quick question, because every chunk asks it several times.
    pub(super) fn is_watched(&self) -> bool {
        self.schedule.seen.is_some() || self.ends_in_cut()
    }

    fn ends_in_cut(&self) -> bool {
        let newest = self.inbox.back().map(|waiting| &waiting.item);
        matches!(newest, Some(Item::End(Ending::Cut)))
    }

    /// Whether a cut waits behind items that would stay here for ever.
    pub(super) fn keeps_cut(&self) -> bool {
        self.ends_in_cut() && self.schedule.holds()
    }

    /// Drops the data that the toxic has not been shown, and keeps endings of the connection.
    pub(super) fn drop_data(&mut self) {
        self.schedule.rest = None;
        self.inbox.retain(|waiting| waiting.item.is_final());
        self.inbox_charge = 0;
    }

    /// Empties the schedule and the inbox, in order.
    pub(super) fn flush(&mut self) -> Vec<Item> {
        self.blocked = false;
        self.inbox_charge = 0;
        self.schedule.seen = None;
        let entries = std::mem::take(&mut self.schedule.entries);
        let in_hand = entries.into_iter().map(|entry| entry.item);
        let rest = self.schedule.rest.take();
        let rest = rest.map(|rest| Item::Data(rest.chunk));
        let waiting = std::mem::take(&mut self.inbox);
        let waiting = waiting.into_iter().map(|waiting| waiting.item);
        in_hand.chain(rest).chain(waiting).collect()
    }

    /// Moves held items and any ending back to the inbox, so that the toxic sees them again.
    /// Returns the items that had begun to leave.
    pub(super) fn restart(&mut self, now: Moment) -> Vec<Item> {
        let mut begun = Vec::new();
        let mut again = Vec::new();
        for entry in std::mem::take(&mut self.schedule.entries) {
            match (entry.item, entry.due) {
                (Item::Data(mut chunk), Due::Reserved(_)) => {
                    self.schedule.take_back(&mut chunk);
                    again.push(Item::Data(chunk));
                }
                (item @ Item::Data(_), due) if due != Due::Held => begun.push(item),
                (item, _) => again.push(item),
            }
        }
        if let Some(rest) = self.schedule.rest.take() {
            let item = Item::Data(rest.chunk);
            match rest.until {
                Until::Sent => begun.push(item),
                Until::PutBack | Until::Joined | Until::Told => again.push(item),
            }
        }
        for item in again.into_iter().rev() {
            let arrived = match &item {
                Item::Data(chunk) => chunk.arrived,
                Item::End(_) => now,
            };
            self.inbox_charge += item.charge();
            self.inbox.push_front(Waiting { arrived, item });
        }
        self.blocked = false;
        self.schedule.seen = None;
        self.schedule.begin_anew();
        begun
    }
}

/// Frees the memory of an empty queue that had grown large, so that an idle link holds none.
pub(super) fn give_back<T>(queue: &mut VecDeque<T>) {
    const WORTH_KEEPING: usize = 64;
    if queue.is_empty() && queue.capacity() > WORTH_KEEPING {
        *queue = VecDeque::new();
    }
}
