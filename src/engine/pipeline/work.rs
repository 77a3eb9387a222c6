//! How items move through the stages of a pipeline, so much at a time.

use super::Pipeline;
use crate::engine::item::Item;
use crate::engine::stage::{Host, Stage};
use crate::engine::time::Moment;
use crate::engine::turn::Progress;

impl Pipeline {
    /// Hands an item to the first stage that looks at such items.
    pub(super) fn deliver(&mut self, item: Item, now: Moment) {
        let next = self.stages.iter().position(|stage| stage.looks_at(&item));
        self.hand_over(item, (0, next.unwrap_or(self.stages.len())), now);
    }

    /// Hands an item that left what is before `from` to the stage at `place`, or lets it out behind
    /// the last.
    pub(super) fn hand_over(&mut self, item: Item, (from, place): (usize, usize), now: Moment) {
        if item.is_final() {
            self.sealed = true;
            let from = from.min(self.stages.len());
            Stage::terminate_all(self.stages.get_mut(..from).unwrap_or_default());
        }
        match self.stages.get_mut(place) {
            Some(stage) => stage.receive(item, now, self.offset),
            None => self.let_out(item),
        }
    }

    /// Does what can be done before a new plan, if that is not too much: what is left then is the
    /// new plan's to decide about.
    pub(in crate::engine) fn settle(&mut self, now: Moment) {
        self.turn.begin(self.stages.len());
        while self.advance(now, true) == Progress::Moved {}
    }

    /// Lets every stage do what it can, the last one first so that it makes room. An item that
    /// moves on is followed at once: if the stages were walked from the end again for each of its
    /// steps, its way would cost the square of their number.
    pub(super) fn advance(&mut self, now: Moment, room: bool) -> Progress {
        let mut progress = Progress::Nothing;
        let mut end = self.stages.len();
        while let Some(index) = end.checked_sub(1) {
            if !self.turn.spend() {
                self.turn.begin(self.stages.len());
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

    /// Lets a stage do one thing. If there was one, says which stage has something to do because of
    /// it.
    fn advance_stage(&mut self, index: usize, now: Moment, room: bool) -> Option<usize> {
        let (before, after) = self.stages.split_at_mut_checked(index + 1)?;
        let stage = before.last_mut()?;
        let mut host = Host {
            identity: &self.identity,
            rare: &mut self.rare,
        };
        let worked = stage.work(now, &mut host).then_some(index);
        let Some(item) = stage.ready(now) else {
            return worked;
        };
        let next = after.iter().position(|stage| stage.looks_at(item));
        let by_toxic = self.rare.culprit().is_some() || !stage.has_seen_final();
        let (free, stuck) = match (item, next.and_then(|next| after.get(next))) {
            (_, None) if item.is_urgent() && by_toxic => (self.outbox.is_empty() || !room, false),
            (Item::Data(_), Some(next)) => (next.has_room(), true),
            (Item::End(_), Some(_)) => (true, false),
            // With room in the socket the outbox is free at the next look.
            (_, None) => (self.outbox.is_empty(), !room),
        };
        if !free {
            if stuck {
                stage.block();
            }
            return worked;
        }
        let (item, moment) = stage.release(now)?;
        if stage.stage_stats.ended {
            let stats = &stage.stage_stats;
            self.rare.blame(&stats.planned.name, stats.destroyed);
        }
        let from = index + 1;
        let place = next.map_or(self.stages.len(), |next| from + next);
        self.hand_over(item, (from, place), moment);
        // Behind the last stage nobody waits for it: the same stage may have more.
        Some(next.map_or(index, |_| place))
    }

    pub(super) fn next_moment(&self) -> Option<Moment> {
        self.stages.iter().filter_map(Stage::next_moment).min()
    }
}
