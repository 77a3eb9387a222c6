//! The outlet: through it a toxic says what may leave, and when.
//!
//! Must not know what any toxic does.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::draw::DrawKey;
use super::item::{Chunk, Ending, Item};
use super::marks::Marks;
use super::note::{Note, Sent};
use super::rare::Rare;
use super::schedule::{Due, Entry, Rest, Schedule, Until};
use super::scope::Identity;
use super::time::Moment;

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
    /// The id and the name of the toxic.
    pub(super) id: u64,
    pub(super) name: &'a Arc<str>,
    pub(super) identity: &'a Identity,
    pub(super) rare: &'a mut Rare,
}

impl Outlet<'_> {
    /// The moment of the event that the toxic is told of. A late timer does not show here.
    pub fn event_time(&self) -> Moment {
        self.now
    }

    /// The connection that the toxic acts on.
    pub fn identity(&self) -> Identity {
        *self.identity
    }

    /// The random choice that belongs to a place in the stream of this link and this toxic, and for
    /// one that looks at marked chunks to the exchange.
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
        self.keep(rest, Until::Sent);
    }

    /// Puts the rest of a chunk back that was not looked at, behind what was sent; `on_data` comes
    /// with it when that has left, also if the toxic is changed meanwhile.
    pub fn put_back(&mut self, rest: Chunk) {
        self.keep(rest, Until::PutBack);
    }

    /// Keeps an unfinished part, such as half a line, behind what was sent; `on_data` comes with it
    /// and the next chunk as one. If the direction ends before that, or a chunk with other marks
    /// comes, the part leaves as it is. Bound what you gather: it does not fill the backlog.
    pub fn gather(&mut self, part: Chunk) {
        self.keep(part, Until::Joined);
    }

    /// Keeps a chunk, behind what was sent; `on_data` comes with it again after the next note from
    /// the other half. Meanwhile the link stops reading, as for any chunk that waits.
    pub fn wait_for_note(&mut self, chunk: Chunk) {
        self.keep(chunk, Until::Told);
    }

    /// Asks for `on_sent` when all that was sent so far has left. Ignored if all of it has.
    pub fn report_sent(&mut self) {
        self.schedule.reports = !self.schedule.entries.is_empty();
    }

    /// Takes bytes out of the stream that the receiver is not to see, because this toxic answers for
    /// them. Others may follow, where behind bytes that are destroyed none may.
    pub fn swallow(&mut self, chunk: Chunk) {
        self.unplaced = self.unplaced.saturating_sub(chunk.bytes.len());
        self.schedule.close(chunk.bytes.len());
    }

    /// Lets bytes go at once that did not come in, behind all that was sent.
    pub fn insert(&mut self, bytes: Bytes, marks: Option<Arc<Marks>>) {
        if self.lossy || bytes.is_empty() {
            return;
        }
        let chunk = Chunk {
            offset: self.schedule.open(bytes.len()),
            arrived: self.now,
            bytes,
            marks,
        };
        self.enter(Due::AtOnce, Item::Data(chunk));
    }

    /// Tells the other half of this toxic, which acts on the other direction of the connection: it
    /// hears of it before any byte that is sent from here on can come back to it. If there is no
    /// other half, nothing happens.
    pub fn tell(&mut self, note: Note) {
        self.note(note, false);
    }

    /// The same, for what must not be lost, such as the answer to bytes that were swallowed: if
    /// there is no other half, the connection is cut.
    pub fn tell_or_cut(&mut self, note: Note) {
        self.note(note, true);
    }

    fn note(&mut self, note: Note, must_arrive: bool) {
        self.rare.push_note(Sent {
            id: self.id,
            name: Arc::clone(self.name),
            note,
            must_arrive,
        });
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

    fn keep(&mut self, chunk: Chunk, until: Until) {
        debug_assert!(self.schedule.rest.is_none());
        if self.places(&chunk) {
            self.schedule.rest = Some(Rest { chunk, until });
        }
    }

    fn put(&mut self, due: Due, item: Item) {
        if let Item::Data(chunk) = &item
            && !self.places(chunk)
        {
            return;
        }
        self.enter(due, item);
    }

    fn enter(&mut self, due: Due, item: Item) {
        self.schedule.put(Entry {
            due,
            entered: self.now,
            met: self.met,
            item,
        });
    }
}
