//! Stages whose toxic waits for a trigger, or asks for messages.
//!
//! While the toxic waits, items pass the stage as if it were not there. Those that it has to count
//! pass through the stage, in order; all others bypass it. When the trigger fires, everything that
//! belongs before it has left.

use super::{Host, Stage};
use crate::engine::item::{Chunk, Direction, Item};
use crate::engine::plan::PlannedToxic;
use crate::engine::queue::Waiting;
use crate::engine::state::{Change, State};
use crate::engine::time::Moment;
use crate::engine::toxic::Event;
use crate::engine::trigger::Trigger;
use crate::engine::watch::{Part, Role, Watch};

impl Stage {
    /// The toxic begins to wait for its trigger.
    pub(super) fn wait(&mut self, now: Moment, direction: Direction) {
        self.since = now;
        self.watch = Watch::of(&self.stage_stats.planned, direction, true);
        let span = self.trigger().and_then(Trigger::span);
        self.timer = span.map(|span| now + span);
        self.stage_stats.set_waiting(true);
    }

    /// The toxic begins to act: it is new, or what it waited for has happened.
    pub(super) fn begin(&mut self, moment: Moment, host: &mut Host<'_>) {
        self.timer = None;
        self.state.begin();
        self.stage_stats.set_waiting(false);
        if let Some(watch) = &mut self.watch {
            watch.begin(self.stage_stats.planned.toxic.wants_messages());
        }
        self.since = moment;
        if let Some(queue) = &mut self.queue {
            queue.schedule.begin_anew();
        }
        if self.exchanges.is_none() {
            self.tell(Event::Attach, moment, host);
        }
    }

    /// Begins if the number of bytes that the toxic waits for have left. Returns whether they have.
    #[cold]
    pub(super) fn begin_if_reached(&mut self, host: &mut Host<'_>) -> bool {
        let watch = self.watch.as_ref();
        if self.state != State::Waiting || !watch.is_some_and(|watch| watch.is_reached()) {
            return false;
        }
        let schedule = self.queue.as_ref().map(|queue| &queue.schedule);
        if schedule.is_some_and(|schedule| !schedule.is_empty()) {
            return false;
        }
        let left = schedule.and_then(|schedule| schedule.last_release);
        self.begin(left.map_or(self.since, |left| left.max(self.since)), host);
        true
    }

    /// Whether bytes pass through the stage while the toxic waits.
    pub(super) fn passes_bytes(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.needs_bytes()) || !self.is_idle()
    }

    /// Whether the toxic looks at the conversation.
    pub(in crate::engine) fn needs_conversation(&self) -> bool {
        let watch = self.watch.as_ref();
        watch.is_some_and(|watch| watch.needs_conversation())
    }

    /// Whether the stage has something to do at a certain time.
    pub(in crate::engine) fn has_timer(&self) -> bool {
        self.timer.is_some()
    }

    fn trigger(&self) -> Option<Trigger> {
        self.watch.as_ref().and_then(|watch| watch.trigger())
    }

    /// A byte has come from one of the peers. If the connection has been idle long enough before,
    /// the trigger fires all the same.
    pub(in crate::engine) fn note_bytes(&mut self, now: Moment) {
        if let Some(Trigger::Idle(span)) = self.trigger()
            && self.timer.is_some_and(|at| at > now)
        {
            self.timer = Some(now + span);
        }
    }

    /// The plan has changed.
    pub(super) fn adopt_watch(
        &mut self,
        before: &PlannedToxic,
        change: Change,
        now: Moment,
        direction: Direction,
    ) {
        let planned = &self.stage_stats.planned;
        match change {
            Change::Wait => return self.wait(now, direction),
            Change::Start => self.watch = Watch::of(planned, direction, false),
            Change::Stop | Change::Cut => {
                self.watch = None;
                self.stage_stats.set_waiting(false);
            }
            Change::Nothing | Change::WaitForOther | Change::Begin | Change::Revise => {
                match &mut self.watch {
                    Some(watch) => watch.adopt(planned, before, direction),
                    None if self.state.acts() => {
                        let seen = self.queue.as_ref().and_then(|queue| queue.end());
                        self.watch = Watch::of(planned, direction, false);
                        if let Some(watch) = &mut self.watch {
                            watch.set_counted(seen);
                        }
                    }
                    None => {}
                }
            }
        }
        if change == Change::WaitForOther {
            self.wait_for_other(before.after, now);
        }
    }

    /// Another trigger than before. Time still counts from when the toxic met the connection.
    fn wait_for_other(&mut self, before: Option<Trigger>, now: Moment) {
        self.timer = match (before, self.trigger()) {
            (_, Some(Trigger::Time(span))) => Some(self.since + span),
            (Some(Trigger::Idle(before)), Some(Trigger::Idle(span))) => {
                let last = self.timer.map_or(now, |at| at.minus(before));
                Some(last + span)
            }
            (_, Some(Trigger::Idle(span))) => Some(now + span),
            (_, None | Some(Trigger::Bytes(_) | Trigger::Messages(_))) => None,
        };
    }

    /// Lets an item pass that the toxic is not to be shown. Returns any other one, the moment at
    /// which to show it, and when it could first have been shown. `last` is when the item before it
    /// left.
    pub(super) fn admit(
        &mut self,
        next: Waiting,
        last: Moment,
        host: &mut Host<'_>,
    ) -> Option<(Item, Moment, Moment)> {
        if self.watch.is_some() {
            return self.take_watched(next, last, host);
        }
        let met = next.arrived.max(self.since);
        if self.is_stranger(&next.item) {
            self.pass(next.item, met);
            return None;
        }
        Some((next.item, met.max(last), met))
    }

    /// Handles the next item of a stage with a watch. Returns what to show the toxic, as
    /// [`Stage::admit`] does.
    #[cold]
    fn take_watched(
        &mut self,
        next: Waiting,
        last: Moment,
        host: &mut Host<'_>,
    ) -> Option<(Item, Moment, Moment)> {
        let met = next.arrived.max(self.since);
        match next.item {
            Item::Data(chunk) => self.take_part(chunk, next.arrived, last, host),
            item @ Item::End(_) if self.state == State::Waiting || self.is_stranger(&item) => {
                self.pass(item, met);
                None
            }
            item @ Item::End(_) => {
                let entered = self.watch.as_ref().map_or(0, |watch| watch.entered);
                self.stage_stats.received(&item, entered);
                Some((item, met.max(last), met))
            }
        }
    }

    /// Handles the front part of a chunk, and puts the rest back.
    fn take_part(
        &mut self,
        mut chunk: Chunk,
        arrived: Moment,
        last: Moment,
        host: &mut Host<'_>,
    ) -> Option<(Item, Moment, Moment)> {
        let Part { size, fresh, role } = self.watch.as_mut()?.divide(&chunk);
        let item = match chunk.bytes.len() > size {
            true => {
                let front = chunk.split_to(size);
                let queue = self.queue.get_or_insert_default();
                queue.put_back(arrived, Item::Data(chunk));
                Item::Data(front)
            }
            false => Item::Data(chunk),
        };
        let met = arrived.max(self.since);
        if role == Role::First {
            self.begin(met.max(last), host);
        }
        let shown = match role {
            Role::Shown | Role::First => !self.is_stranger(&item),
            Role::Unframed => self.state == State::Lossy,
            Role::Early | Role::Alone => false,
        };
        if role == Role::Unframed {
            self.stage_stats.unframed(fresh);
        }
        if !shown {
            self.pass(item, met);
            return None;
        }
        if fresh > 0 {
            self.stage_stats.shown(fresh);
        }
        let met = arrived.max(self.since);
        Some((item, met.max(last), met))
    }
}
