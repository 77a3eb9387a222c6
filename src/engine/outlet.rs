//! The outlet, through which a toxic says what may leave, and when.
//!
//! It must not know what any toxic does.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::conversation::StreamPosition;
use super::draw::DrawKey;
use super::item::{Chunk, Ending, Item};
use super::marks::Marks;
use super::messages::Message;
use super::note::{Note, Sent};
use super::queue::Waiting;
use super::rare::Rare;
use super::schedule::{Due, Entry, Rest, Schedule, Until};
use super::scope::Identity;
use super::stats::Tally;
use super::time::Moment;

/// A toxic's only way to act. Items leave in the order in which they are sent, always.
#[derive(Debug)]
pub struct Outlet<'a> {
    pub(super) schedule: &'a mut Schedule,
    /// The chunks that wait behind the event.
    pub(super) inbox: Option<&'a VecDeque<Waiting>>,
    pub(super) timer: &'a mut Option<Moment>,
    pub(super) now: Moment,
    /// When the toxic could first have been shown the event. It differs from `now` only if the
    /// event had to wait for earlier items to leave.
    pub(super) met: Moment,
    pub(super) draw_key: DrawKey,
    /// See [`Outlet::message`].
    pub(super) message: Option<Message>,
    /// Bytes that the toxic was shown and has not yet sent, kept or swallowed.
    pub(super) unplaced: usize,
    /// The toxic has destroyed bytes or ended the direction, so no further bytes may follow.
    pub(super) lossy: bool,
    /// An ending has arrived or was sent, so the direction cannot be half-closed any more.
    pub(super) ends: bool,
    /// The toxic may still end the direction although its source has: an ending that it sends now is
    /// not the source's.
    pub(super) may_end: bool,
    /// The toxic has ended the direction before its source did, or in place of bytes that it has
    /// destroyed.
    pub(super) half_closed: bool,
    /// The id and name of the toxic.
    pub(super) id: u64,
    pub(super) name: &'a Arc<str>,
    pub(super) identity: &'a Identity,
    pub(super) rare: &'a mut Rare,
    /// See [`Outlet::position`].
    pub(super) position: StreamPosition,
    pub(super) tally: &'a Tally,
}

impl Outlet<'_> {
    /// The time of the event that the toxic is handling. The timer's lateness is not part of it.
    pub fn event_time(&self) -> Moment {
        self.now
    }

    /// The connection that the toxic acts on.
    pub fn identity(&self) -> Identity {
        *self.identity
    }

    /// Where the toxic begins to act, while it attaches. `Within` in any other event.
    pub(crate) fn position(&self) -> StreamPosition {
        self.position
    }

    /// Shows a number about this connection to whoever reads [`Tally::published`]. The toxic decides
    /// what it means.
    pub(crate) fn publish(&self, number: u64) {
        self.tally.publish(number);
    }

    /// The message that the chunk being shown belongs to: a message of the protocol if the toxic has
    /// a framing, otherwise a turn of the conversation. `None` unless the toxic
    /// [asks](super::Toxic::wants_messages) for messages.
    pub fn message(&self) -> Option<Message> {
        self.message
    }

    /// The draw for a stream offset on this link and toxic. For a toxic that looks only at marked
    /// chunks, the exchange is also part of the key.
    pub fn draw(&self, offset: u64) -> DrawKey {
        self.draw_key.numbered(offset)
    }

    /// Sends a chunk at once.
    pub fn send(&mut self, chunk: Chunk) {
        self.put(Due::AtOnce, Item::Data(chunk));
    }

    /// Sends a chunk at a fixed moment.
    pub fn send_at(&mut self, at: Moment, chunk: Chunk) {
        self.put(Due::At(at), Item::Data(chunk));
    }

    /// Sends a chunk `span` after it has arrived and has become the first in line.
    pub fn send_taking(&mut self, span: Duration, chunk: Chunk) {
        self.put(Due::Taking(span), Item::Data(chunk));
    }

    /// Sends a chunk at the end of a time that was reserved for it on a rate that several links may
    /// share, of which the chunk occupies `takes`. A changed toxic is shown it again, unless it has
    /// left. No other reserved chunk may be waiting.
    pub(crate) fn send_reserved(&mut self, at: Moment, takes: Duration, chunk: Chunk) {
        self.schedule.takes = takes;
        self.put(Due::Reserved(at), Item::Data(chunk));
    }

    /// How many bytes wait behind the chunk that the toxic is shown. Stops counting at `enough`.
    pub(crate) fn waiting(&self, enough: usize) -> usize {
        let mut waiting = 0;
        let mut sizes = self.arrivals(0).map(|(_, size)| size);
        while waiting < enough
            && let Some(size) = sizes.next()
        {
            waiting += size;
        }
        waiting
    }

    /// Sends a chunk at once, but at least `gap` after the previous release.
    pub fn send_spaced(&mut self, gap: Duration, chunk: Chunk) {
        self.put(Due::Spaced(gap), Item::Data(chunk));
    }

    /// Holds a chunk that had begun to leave. It leaves when the toxic changes or is removed.
    pub fn park(&mut self, chunk: Chunk) {
        self.put(Due::Stalled, Item::Data(chunk));
    }

    /// Holds a chunk until the toxic changes or is removed. A changed toxic is shown it again.
    pub fn hold_for_retry(&mut self, chunk: Chunk) {
        self.put(Due::Held, Item::Data(chunk));
    }

    /// Ends the direction after everything sent so far. With `Eof` before the source has ended, the
    /// other direction stays open, and what the source still sends is dropped.
    pub fn end(&mut self, ending: Ending) {
        self.put(Due::AtOnce, Item::End(ending));
    }

    /// Ends the direction at a fixed moment.
    pub fn end_at(&mut self, at: Moment, ending: Ending) {
        self.put(Due::At(at), Item::End(ending));
    }

    /// Ends the direction after everything sent so far, and at least `gap` after the previous
    /// release.
    pub fn end_spaced(&mut self, gap: Duration, ending: Ending) {
        self.put(Due::Spaced(gap), Item::End(ending));
    }

    /// Holds an ending until the toxic changes or is removed. A changed toxic is shown it again.
    pub fn hold_end(&mut self, ending: Ending) {
        self.put(Due::Held, Item::End(ending));
    }

    /// Keeps the rest of a chunk behind the part that was sent. `on_data` is called with the rest
    /// when that part has left. So splitting a chunk into many pieces needs no memory for each
    /// piece.
    pub fn defer_rest(&mut self, rest: Chunk) {
        self.keep(rest, Until::Sent);
    }

    /// Puts back the unprocessed part of a chunk, behind what was sent. `on_data` is called with it
    /// when that has left, even if the toxic changes in the meantime.
    pub fn put_back(&mut self, rest: Chunk) {
        self.keep(rest, Until::PutBack);
    }

    /// Keeps an incomplete part, such as half a line, behind what was sent. `on_data` is called
    /// with it and the next chunk joined together, or alone after a note from the other half. If the
    /// direction ends first, or a chunk with other marks arrives, the part leaves unchanged. Limit what you gather: it does not count
    /// towards the backlog.
    pub fn gather(&mut self, part: Chunk) {
        self.keep(part, Until::Joined);
    }

    /// Keeps a chunk behind what was sent, and calls `on_data` with it again after the next note
    /// from the other half. Until then the link stops reading, as it does whenever a chunk waits.
    pub fn wait_for_note(&mut self, chunk: Chunk) {
        self.keep(chunk, Until::Told);
    }

    /// Brings the last item sent forward: it leaves at `at` if it was to leave at a later fixed
    /// moment. Does nothing otherwise.
    pub fn bring_forward(&mut self, at: Moment) {
        if let Some(entry) = self.schedule.entries.back_mut()
            && let Due::At(due) = &mut entry.due
        {
            *due = at.min(*due);
        }
    }

    /// The chunks that wait for their turn behind the one that the toxic was shown, without the
    /// first `skip` of them: when each arrived, and its size in bytes.
    pub fn arrivals(&self, skip: usize) -> impl Iterator<Item = (Moment, usize)> {
        let waiting = self.inbox.into_iter().flatten().skip(skip);
        waiting.map_while(|waiting| match &waiting.item {
            Item::Data(chunk) => Some((waiting.arrived, chunk.bytes.len())),
            Item::End(_) => None,
        })
    }

    /// Requests `on_arrival` once, when the next item arrives. Does nothing once everything sent so
    /// far has left, because the toxic is shown the item then.
    pub fn report_arrival(&mut self) {
        self.schedule.seen = Some(self.inbox.map_or(0, VecDeque::len));
    }

    /// Requests `on_sent` when everything sent so far has left. Does nothing if it already has.
    pub fn report_sent(&mut self) {
        self.schedule.reports = !self.schedule.entries.is_empty();
    }

    /// Removes bytes from the stream that the receiver is not to see, because this toxic answers
    /// them itself. Later bytes may follow, whereas none may follow destroyed bytes.
    pub fn swallow(&mut self, chunk: Chunk) {
        self.unplaced = self.unplaced.saturating_sub(chunk.bytes.len());
        self.schedule.close(chunk.bytes.len());
    }

    /// Inserts bytes that were not received, behind everything sent so far, and sends them at once.
    pub fn insert(&mut self, bytes: Bytes, marks: Option<Arc<Marks>>) {
        if self.lossy || bytes.is_empty() {
            return;
        }
        let chunk = Chunk {
            offset: self.schedule.open(bytes.len()),
            arrived: self.now,
            bytes,
            marks,
            turn: self.rare.enter_turn(),
        };
        self.enter(Due::AtOnce, Item::Data(chunk));
    }

    /// Sends a note to this toxic's other half, which acts on the connection's other direction. The
    /// other half receives it before any response to bytes sent from now on. Without another half,
    /// nothing happens.
    pub fn tell(&mut self, note: Note) {
        self.note(note, false);
    }

    /// As `tell`, for notes that must not be lost, such as the answer to swallowed bytes. Without
    /// another half, the connection is cut.
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

    /// Discards everything that this toxic still holds; the connection is about to be cut.
    pub fn discard(&mut self) {
        self.lossy |= self.schedule.charge() > 0;
        self.schedule.entries.clear();
        self.schedule.rest = None;
    }

    /// Requests `on_timer` at `at`, replacing an earlier request.
    pub fn set_timer(&mut self, at: Moment) {
        *self.timer = Some(at);
    }

    /// Cancels the request for `on_timer`.
    pub fn clear_timer(&mut self) {
        *self.timer = None;
    }

    /// Whether the chunk may be queued. Nothing may follow destroyed bytes.
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
        if matches!(item, Item::End(Ending::Eof)) {
            let is_early = !std::mem::replace(&mut self.ends, true);
            if is_early || self.may_end && self.lossy {
                self.half_closed = true;
                self.lossy = true;
            }
        }
        self.schedule.put(Entry {
            due,
            entered: self.now,
            met: self.met,
            item,
        });
    }
}
