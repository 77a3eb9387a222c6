//! A pipeline is the stages of one direction of one connection, without the sockets.
//!
//! The driver's contract: call [`Pipeline::poll`] after every `push`, `finish` or `adopt`, and when
//! a requested moment has come. Keep polling until it returns [`Step::Wait`]. Nothing here can
//! fail, block or read a clock. No call takes longer than a bounded number of visits to stages; if
//! there is more to do, `poll` returns [`Step::Yield`].

mod converse;
mod notes;
mod work;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::item::{Chunk, Direction, Ending, Item};
use super::plan::{Plan, PlannedToxic};
use super::queue::give_back;
use super::quota::{Progress, Quota};
use super::rare::Rare;
use super::scope::Identity;
use super::stage::{IDLE, Stage};
use super::stats::Tally;
use super::time::Moment;

/// The bounds of [`Pipeline::read_size`].
const LEAST_READ: usize = 32 * 1024;
const MOST_READ: usize = 512 * 1024;

/// What the driver must do next.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Write all of these bytes, then poll again.
    Send(Bytes),
    /// End the direction. After `Eof`, keep polling: a toxic may still cut the connection. After
    /// any other ending, nothing more follows.
    End(Ending),
    /// Carry the queued notes to the other direction's pipeline with [`Pipeline::pass_notes`]
    /// before doing anything else with either pipeline. Then poll again.
    Notes,
    /// There is more to do now, but this call has done enough. Let other tasks run, then poll
    /// again.
    Yield,
    /// Nothing to do before this moment, or before another event.
    Wait(Option<Moment>),
}

/// What may still leave a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Open,
    /// An ending has passed all stages; no bytes may follow it.
    Ended,
    /// The ending of the connection has left the pipeline.
    Over,
}

/// What may still enter a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intake {
    Open,
    /// The sender has ended.
    Finished,
    /// A toxic has ended the connection.
    Sealed,
}

/// The direction of the last bytes that moved on a connection, as one of its pipelines sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LastBytes {
    /// Nothing has moved.
    None,
    Own,
    Other,
}

/// The stages of one direction of one connection.
pub struct Pipeline {
    pub(super) direction: Direction,
    pub(super) identity: Identity,
    pub(super) stages: Vec<Stage>,
    /// Items that have passed all stages and wait for the socket.
    pub(super) outbox: VecDeque<Item>,
    /// The number of bytes that have entered.
    pub(super) offset: u64,
    /// The direction of the last bytes that moved on the connection.
    pub(super) last: LastBytes,
    pub(super) intake: Intake,
    exit: Exit,
    quota: Quota,
    pub(super) rare: Rare,
}

impl Pipeline {
    /// Creates a pipeline under `plan` for a connection, which may be given by its ordinal alone.
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
            last: LastBytes::None,
            intake: Intake::Open,
            exit: Exit::Open,
            quota: Quota::new(),
            rare: Rare::default(),
        };
        pipeline.take(plan, true, now);
        pipeline
    }

    /// Whether more bytes may enter. If not, the driver must not read; this is backpressure.
    pub fn has_room(&self) -> bool {
        if self.intake != Intake::Open {
            return false;
        }
        if self.rare.discards() {
            return true;
        }
        match self.stages.iter().find(|stage| stage.takes_data()) {
            Some(stage) => stage.has_room(),
            None => self.outbox.is_empty(),
        }
    }

    /// The most bytes that one read should bring. It is a small part of the first toxic's backlog,
    /// so that the backlog's limit holds and a stream at full speed needs few calls.
    pub fn read_size(&self) -> usize {
        let first = self.stages.iter().find(|stage| stage.takes_data());
        let backlog = first.map_or(0, Stage::backlog);
        (backlog / 16).clamp(LEAST_READ, MOST_READ)
    }

    /// Whether no toxic looks at bytes or at the time, and nothing is queued, so that bytes may bypass the
    /// pipeline. Report bypassing bytes with [`Pipeline::pass_by`].
    pub fn is_clear(&self) -> bool {
        self.outbox.is_empty()
            && self.rare.is_quiet()
            && self
                .stages
                .iter()
                .all(|stage| !stage.takes_data() && stage.is_idle() && !stage.has_timer())
    }

    /// Bytes queued inside, including a charge for bookkeeping.
    pub fn queued(&self) -> usize {
        let outbox: usize = self.outbox.iter().map(Item::charge).sum();
        outbox + self.stages.iter().map(Stage::charge).sum::<usize>()
    }

    /// The least memory, in bytes, that this many toxics take on each connection, without queued
    /// items.
    pub const fn footprint_of(toxics: usize) -> usize {
        toxics.saturating_mul(IDLE)
    }

    /// Bytes of memory of the stages themselves, regardless of what is queued.
    pub fn footprint(&self) -> usize {
        self.stages.iter().map(Stage::footprint).sum()
    }

    /// The number of bytes that have entered.
    pub fn entered(&self) -> u64 {
        self.offset
    }

    /// The direction in which its bytes flow.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The counters of each toxic on this connection.
    pub fn tallies(&self) -> impl Iterator<Item = (&Arc<PlannedToxic>, &Arc<Tally>)> {
        let stats = self.stages.iter().map(|stage| &stage.stage_stats);
        stats.map(|stats| (&stats.planned, &stats.tally))
    }

    /// The name of the toxic that ended the connection, once that has happened.
    pub fn culprit(&self) -> Option<&Arc<str>> {
        self.rare.culprit()
    }

    /// Whether the toxic that ended the connection had destroyed bytes. If so, there is no need to
    /// accept what the sender still sends.
    pub fn culprit_destroyed(&self) -> bool {
        self.rare.destroyed()
    }

    /// Records which toxic ended the connection, if it is the first to do so.
    pub(super) fn note_culprit(&mut self, stage: &Stage) {
        if stage.stage_stats.ended {
            let stats = &stage.stage_stats;
            self.rare.blame(&stats.planned.name, stats.destroyed);
        }
    }

    /// Counts bytes that bypassed a clear pipeline.
    pub fn pass_by(&mut self, count: usize) {
        debug_assert!(self.is_clear());
        self.offset += count as u64;
        self.last = LastBytes::Own;
    }

    /// Bytes came in. They are queued even if there is no room, unless a toxic has ended the
    /// direction or the connection.
    pub fn push(&mut self, bytes: Bytes, now: Moment) {
        if bytes.is_empty() || self.intake == Intake::Sealed {
            return;
        }
        // One branch for most pipelines, which have no rare state.
        let turn = match self.rare.is_none() {
            true => 0,
            false if self.rare.discards() => return,
            false => self.enter_turn(now),
        };
        let chunk = Chunk {
            offset: self.offset,
            arrived: now,
            bytes,
            marks: None,
            turn,
        };
        self.offset += chunk.bytes.len() as u64;
        self.last = LastBytes::Own;
        self.deliver(Item::Data(chunk), now);
    }

    /// The sender ended its side, with `Eof` or `Reset`. Only the first call counts.
    pub fn finish(&mut self, ending: Ending, now: Moment) {
        if self.intake == Intake::Open {
            self.intake = Intake::Finished;
            self.deliver(Item::End(ending), now);
        }
    }

    /// Returns what to do next. `room` says whether the socket accepts more bytes. Without room the
    /// stages still work, but only an ending that need not wait for bytes is returned.
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

    /// Queues an item that has passed all stages for output.
    pub(super) fn let_out(&mut self, item: Item) {
        match &item {
            Item::Data(_) if self.exit != Exit::Open => return,
            Item::End(Ending::Eof) if self.exit != Exit::Open => return,
            Item::End(_) if self.exit == Exit::Open => self.exit = Exit::Ended,
            Item::Data(_) | Item::End(_) => {}
        }
        self.outbox.push_back(item);
    }

    /// Takes the next item to output. Without room, an urgent ending overtakes the bytes before it.
    fn take_out(&mut self, room: bool) -> Option<Step> {
        if !room {
            // Nothing can be queued behind an ending of the whole connection.
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

    /// Whether an item in the outbox may overtake bytes that no socket has accepted yet. Only an
    /// ending that a toxic requested may. When the sender resets the connection, bytes that it sent
    /// before the reset must still be delivered.
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
