//! What waits at a stage, and what it has in hand.

use std::collections::VecDeque;

use super::item::{Ending, Item};
use super::schedule::{Due, Entry, Schedule, Until};
use super::time::Moment;

/// An item that waits to be shown to the toxic.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) arrived: Moment,
    pub(super) item: Item,
}

/// What a stage has: chunks that wait (the inbox) and the one that its toxic works on (the schedule).
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) inbox: VecDeque<Waiting>,
    pub(super) inbox_charge: usize,
    pub(super) schedule: Schedule,
    /// The first entry was due but the way on was not free: its lateness is not the timer's.
    pub(super) blocked: bool,
}

/// What the toxic is told when its hands are empty.
#[derive(Debug)]
pub(super) enum Next {
    /// All that it sent has left.
    Sent,
    /// An item.
    Item(Waiting),
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.inbox.is_empty() && self.schedule.is_empty()
    }

    /// Bytes that wait here, bookkeeping included.
    pub(super) fn charge(&self) -> usize {
        self.inbox_charge + self.schedule.charge()
    }

    pub(super) fn push(&mut self, arrived: Moment, item: Item) {
        self.inbox_charge += item.charge();
        if self.inbox.capacity() == 0 {
            // One is what most ever need; a queue would begin with four.
            self.inbox.reserve_exact(1);
        }
        self.inbox.push_back(Waiting { arrived, item });
    }

    /// What the toxic is to be told if its hands are empty, and when the last thing left: that all
    /// was sent, else the rest of the chunk in hand, else the next from the inbox.
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

    /// The rest and the next chunk as one. If what comes next is none to be joined with, the rest is
    /// let go.
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

    /// Whether a connection that is to be cut waits behind what would stay here for ever.
    pub(super) fn keeps_cut(&self) -> bool {
        let is_cut = |waiting: &Waiting| waiting.item == Item::End(Ending::Cut);
        self.schedule.holds() && self.inbox.back().is_some_and(is_cut)
    }

    /// Empties hands and inbox, in order.
    pub(super) fn flush(&mut self) -> Vec<Item> {
        self.blocked = false;
        self.inbox_charge = 0;
        let entries = std::mem::take(&mut self.schedule.entries);
        let in_hand = entries.into_iter().map(|entry| entry.item);
        let rest = self.schedule.rest.take();
        let rest = rest.map(|rest| Item::Data(rest.chunk));
        let waiting = std::mem::take(&mut self.inbox);
        let waiting = waiting.into_iter().map(|waiting| waiting.item);
        in_hand.chain(rest).chain(waiting).collect()
    }

    /// Takes what is held and any ending back into the inbox, to be looked at again. Returns what
    /// had begun to leave.
    pub(super) fn restart(&mut self, now: Moment) -> Vec<Item> {
        let mut begun = Vec::new();
        let mut again = Vec::new();
        for entry in std::mem::take(&mut self.schedule.entries) {
            match entry.item {
                Item::Data(_) if entry.due != Due::Held => begun.push(entry.item),
                item => again.push(item),
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
        self.schedule.begin_anew();
        begun
    }
}

/// Gives the memory of a queue back that was long and is empty: a link that waits holds none.
pub(super) fn give_back<T>(queue: &mut VecDeque<T>) {
    const WORTH_KEEPING: usize = 64;
    if queue.is_empty() && queue.capacity() > WORTH_KEEPING {
        *queue = VecDeque::new();
    }
}
