//! Moves items through the stages of a pipeline, a bounded amount at a time.

use super::{Intake, Pipeline};
use crate::engine::conversation::StreamPosition;
use crate::engine::item::Item;
use crate::engine::quota::Progress;
use crate::engine::stage::{Host, Stage};
use crate::engine::time::Moment;

impl Pipeline {
    /// Passes an item to the first stage that looks at it.
    pub(super) fn deliver(&mut self, item: Item, now: Moment) {
        let next = self.stages.iter().position(|stage| stage.looks_at(&item));
        self.hand_over(item, (0, next.unwrap_or(self.stages.len())), now);
    }

    /// Passes an item that has left the stages before `from` to the stage at `place`. If there is
    /// no such stage, queues the item for output.
    pub(super) fn hand_over(&mut self, item: Item, (from, place): (usize, usize), now: Moment) {
        if item.is_final() {
            self.intake = Intake::Sealed;
            let from = from.min(self.stages.len());
            Stage::terminate_all(self.stages.get_mut(..from).unwrap_or_default());
        }
        match self.stages.get_mut(place) {
            Some(stage) => stage.receive(item, now, self.offset),
            None => self.let_out(item),
        }
    }

    /// Does what is due before a new plan is adopted, within one quota. Anything left after that is
    /// subject to the new plan.
    pub(in crate::engine) fn settle(&mut self, now: Moment) {
        self.quota.begin(self.stages.len());
        while self.advance(now, true) == Progress::Moved {}
    }

    /// Lets every stage do what it can, last stage first, so that room appears downstream. When an
    /// item moves, the walk follows it. Restarting from the last stage at each step would make an
    /// item's way quadratic in the number of stages.
    pub(super) fn advance(&mut self, now: Moment, room: bool) -> Progress {
        let mut progress = Progress::Nothing;
        let mut end = self.stages.len();
        while let Some(index) = end.checked_sub(1) {
            if !self.quota.spend() {
                self.quota.begin(self.stages.len());
                return Progress::Unfinished;
            }
            match self.advance_stage(index, now, room) {
                Some(place) => {
                    progress = Progress::Moved;
                    end = self.stages.len().min(place + 1);
                }
                None => end = index,
            }
        }
        progress
    }

    /// Lets a stage do one thing. If it did something, returns the stage that has work to do
    /// because of it.
    fn advance_stage(&mut self, index: usize, now: Moment, room: bool) -> Option<usize> {
        let (before, after) = self.stages.split_at_mut_checked(index + 1)?;
        let stage = before.last_mut()?;
        let mut host = Host {
            direction: self.direction,
            identity: &self.identity,
            rare: &mut self.rare,
            position: StreamPosition::Within,
        };
        let worked = stage.work(now, &mut host).then_some(index);
        let Some((item, due)) = stage.ready(now) else {
            return worked;
        };
        let next = after.iter().position(|stage| stage.looks_at(item));
        let by_toxic = self.rare.culprit().is_some() || !stage.has_seen_final();
        let (free, stuck) = match (item, next.and_then(|next| after.get(next))) {
            (_, None) if item.is_urgent() && by_toxic => (self.outbox.is_empty() || !room, false),
            (Item::Data(_), Some(next)) => (next.has_room(), true),
            (Item::End(_), Some(_)) => (true, false),
            // With room in the socket, the outbox will be empty at the next visit.
            (_, None) => (self.outbox.is_empty(), !room),
        };
        if !free {
            if stuck {
                stage.block();
            }
            return worked;
        }
        let (item, moment, is_behind) = stage.release(due, now)?;
        if is_behind {
            self.quota.end();
        }
        if stage.stage_stats.ended {
            let stats = &stage.stage_stats;
            self.rare.blame(&stats.planned.name, stats.destroyed);
        }
        let from = index + 1;
        let place = next.map_or(self.stages.len(), |next| from + next);
        self.hand_over(item, (from, place), moment);
        // No stage follows to wait for this item, so the same stage may have more to do.
        Some(next.map_or(index, |_| place))
    }

    pub(super) fn next_moment(&self) -> Option<Moment> {
        self.stages.iter().filter_map(Stage::next_moment).min()
    }
}
