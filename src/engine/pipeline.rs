//! One direction of one connection, without its sockets: stages in a row.
//!
//! The driver's contract: after every `push`, `finish` or `adopt`, and when a moment that was
//! waited for has come, call [`Pipeline::poll`] until it says [`Step::Wait`]. Nothing here can
//! fail, block or ask for the time, and no call takes longer than a bounded number of looks at
//! stages: where there is more to do, `poll` says [`Step::Yield`].

mod notes;
mod work;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::item::{Chunk, Direction, Ending, Item};
use super::plan::{Plan, PlannedToxic};
use super::queue::give_back;
use super::rare::Rare;
use super::scope::Identity;
use super::stage::{IDLE, Stage};
use super::stats::Tally;
use super::time::Moment;
use super::turn::{Progress, Turn};

/// The bounds of [`Pipeline::read_size`].
const LEAST_READ: usize = 32 * 1024;
const MOST_READ: usize = 512 * 1024;

/// What the driver has to do next.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Write these bytes, all of them, then ask again.
    Send(Bytes),
    /// End the direction. After `Eof` ask on: a toxic may still cut the connection. After the
    /// others there is nothing left to ask.
    End(Ending),
    /// Carry the notes that wait here over to the pipeline of the other direction, with
    /// [`Pipeline::pass_notes`], before anything else is done with either; then ask again.
    Notes,
    /// There is more to do at this moment, but much was done: let others have their turn, then ask
    /// again.
    Yield,
    /// Nothing to do before this moment, or before something happens.
    Wait(Option<Moment>),
}

/// What may still come out of a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Open,
    /// An end is behind all stages: no bytes may follow it.
    Ended,
    /// What ends the connection has come out.
    Over,
}

/// The stages of one direction of one connection.
pub struct Pipeline {
    pub(super) direction: Direction,
    pub(super) identity: Identity,
    pub(super) stages: Vec<Stage>,
    /// What has passed all stages and waits for the socket.
    pub(super) outbox: VecDeque<Item>,
    /// Bytes that have entered.
    pub(super) offset: u64,
    pub(super) finished: bool,
    /// A toxic has ended the connection: nothing more may come in.
    pub(super) sealed: bool,
    exit: Exit,
    turn: Turn,
    pub(super) rare: Rare,
}

impl Pipeline {
    /// A pipeline under `plan`, for a connection of its proxy, which may be given by its ordinal.
    pub fn new(
        plan: &Plan,
        direction: Direction,
        connection: impl Into<Identity>,
        now: Moment,
    ) -> Self {
        let mut pipeline = Pipeline {
            direction,
            identity: connection.into(),
            stages: Vec::new(),
            outbox: VecDeque::new(),
            offset: 0,
            finished: false,
            sealed: false,
            exit: Exit::Open,
            turn: Turn::new(),
            rare: Rare::default(),
        };
        pipeline.take(plan, true, now);
        pipeline
    }

    /// Whether more bytes may come in. If not, do not read: that is backpressure.
    pub fn has_room(&self) -> bool {
        if self.finished || self.sealed {
            return false;
        }
        match self.stages.iter().find(|stage| stage.takes_data()) {
            Some(stage) => stage.has_room(),
            None => self.outbox.is_empty(),
        }
    }

    /// Bytes that one read should bring at most: a small part of what the first toxic lets wait, so
    /// that its bound holds and a stream at full speed costs few calls.
    pub fn read_size(&self) -> usize {
        let first = self.stages.iter().find(|stage| stage.takes_data());
        let backlog = first.map_or(0, Stage::backlog);
        (backlog / 16).clamp(LEAST_READ, MOST_READ)
    }

    /// Whether nothing acts on bytes and nothing waits, so that bytes may pass beside it. Tell it
    /// of them with [`Pipeline::pass_by`].
    pub fn is_clear(&self) -> bool {
        self.outbox.is_empty()
            && !self.rare.has_notes()
            && self
                .stages
                .iter()
                .all(|stage| !stage.takes_data() && stage.is_idle())
    }

    /// Bytes that wait inside, a charge for bookkeeping included.
    pub fn queued(&self) -> usize {
        let outbox: usize = self.outbox.iter().map(Item::charge).sum();
        outbox + self.stages.iter().map(Stage::charge).sum::<usize>()
    }

    /// Bytes of memory that so many toxics take at least on each connection, whatever waits there.
    pub const fn footprint_of(toxics: usize) -> usize {
        toxics.saturating_mul(IDLE)
    }

    /// Bytes of memory that its toxics take, whatever waits in them.
    pub fn footprint(&self) -> usize {
        self.stages.iter().map(Stage::footprint).sum()
    }

    /// Which way its bytes flow.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// What each toxic did here.
    pub fn tallies(&self) -> impl Iterator<Item = (&Arc<PlannedToxic>, &Arc<Tally>)> {
        let ledgers = self.stages.iter().map(|stage| &stage.stage_stats);
        ledgers.map(|stage_stats| (&stage_stats.planned, &stage_stats.tally))
    }

    /// The name of the toxic that ended the connection, once that has happened.
    pub fn culprit(&self) -> Option<&Arc<str>> {
        self.rare.culprit()
    }

    /// Whether the toxic that ended the connection had destroyed bytes: then what the sender still
    /// sends has no claim to be taken.
    pub fn culprit_destroyed(&self) -> bool {
        self.rare.destroyed()
    }

    /// Notes which toxic ended the connection, if this is the first that did.
    pub(super) fn note_culprit(&mut self, stage: &Stage) {
        if stage.stage_stats.ended {
            let stats = &stage.stage_stats;
            self.rare.blame(&stats.planned.name, stats.destroyed);
        }
    }

    /// Counts bytes that passed beside a clear pipeline.
    pub fn pass_by(&mut self, count: usize) {
        debug_assert!(self.is_clear());
        self.offset += count as u64;
    }

    /// Bytes came in. They are taken even if there is no room, unless a toxic has ended the
    /// connection.
    pub fn push(&mut self, bytes: Bytes, now: Moment) {
        if bytes.is_empty() || self.sealed {
            return;
        }
        let chunk = Chunk {
            offset: self.offset,
            arrived: now,
            bytes,
            marks: None,
        };
        self.offset += chunk.bytes.len() as u64;
        self.deliver(Item::Data(chunk), now);
    }

    /// The sender ended its side, with `Eof` or `Reset`. Counts once.
    pub fn finish(&mut self, ending: Ending, now: Moment) {
        if !std::mem::replace(&mut self.finished, true) && !self.sealed {
            self.deliver(Item::End(ending), now);
        }
    }

    /// Says what to do next. `room`: the socket takes more bytes; without it only an ending that
    /// does not wait for bytes comes out, while the stages work on.
    pub fn poll(&mut self, now: Moment, room: bool) -> Step {
        loop {
            if self.exit == Exit::Over {
                return Step::Wait(None);
            }
            if self.rare.has_notes() {
                return Step::Notes;
            }
            if let Some(step) = self.take_out(room) {
                return step;
            }
            match self.advance(now, room) {
                Progress::Moved => {}
                Progress::Nothing => return Step::Wait(self.next_moment()),
                Progress::Unfinished => return Step::Yield,
            }
        }
    }

    /// Lets an item out that has passed all stages.
    pub(super) fn let_out(&mut self, item: Item) {
        match &item {
            Item::Data(_) if self.exit != Exit::Open => return,
            Item::End(_) if self.exit == Exit::Open => self.exit = Exit::Ended,
            Item::Data(_) | Item::End(_) => {}
        }
        self.outbox.push_back(item);
    }

    /// What comes out next. Without room, an ending that does not wait for bytes jumps them.
    fn take_out(&mut self, room: bool) -> Option<Step> {
        if !room {
            // Nothing can stand behind an ending of the whole connection.
            self.outbox.back().filter(|last| self.jumps(last))?;
            self.outbox.drain(..self.outbox.len() - 1);
        }
        let item = self.outbox.pop_front()?;
        give_back(&mut self.outbox);
        match item {
            Item::Data(chunk) => Some(Step::Send(chunk.bytes)),
            Item::End(ending) => {
                if ending != Ending::Eof {
                    self.exit = Exit::Over;
                }
                Some(Step::End(ending))
            }
        }
    }

    /// Whether an item that has passed all stages does not wait for a socket to take the bytes
    /// before it. What the sender sent before it reset the connection is not lost by the reset, so
    /// only an ending that a toxic asked for does so.
    fn jumps(&self, item: &Item) -> bool {
        item.is_urgent() && self.culprit().is_some()
    }
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipeline")
            .field("direction", &self.direction)
            .field("connection", &self.identity.connection)
            .field("stages", &self.stages.len())
            .field("queued", &self.queued())
            .finish_non_exhaustive()
    }
}
