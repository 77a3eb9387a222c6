//! What happens to the items in a stage when the plan changes or its toxic is removed.

use std::sync::Arc;

use super::{Host, Stage};
use crate::engine::item::{Ending, Item};
use crate::engine::plan::{Applicability, PlannedToxic};
use crate::engine::state::{Change, Removal, State};
use crate::engine::time::Moment;
use crate::engine::toxic::Event;
use crate::engine::trigger::Wait;

impl Stage {
    /// Applies the new plan to a toxic that stays. Returns the items that must move on.
    pub(in crate::engine) fn revise(
        &mut self,
        planned: &Arc<PlannedToxic>,
        applicability: Applicability,
        now: Moment,
        host: &mut Host<'_>,
    ) -> Vec<Item> {
        let before = Arc::clone(&self.stage_stats.planned);
        let revised = before.revision != planned.revision;
        let wait = Wait::of(before.after, planned.after);
        self.take_draws(planned, applicability.draw_key);
        self.stage_stats.planned = Arc::clone(planned);
        let change = self.state.adopt(&applicability, revised, wait);
        self.adopt_watch(&before, change, now, host.direction);
        match change {
            Change::Nothing | Change::Wait | Change::WaitForOther => Vec::new(),
            Change::Begin | Change::Start => {
                self.begin(now, host);
                Vec::new()
            }
            Change::Revise => {
                self.since = now;
                let queue = self.queue.as_mut();
                let begun = queue.map_or_else(Vec::new, |queue| queue.restart(now));
                if self.has_begun() {
                    self.tell(Event::Revise, now, host);
                }
                begun
            }
            Change::Stop => {
                self.timer = None;
                self.let_go()
            }
            Change::Cut => {
                self.timer = None;
                self.cut()
            }
        }
    }

    /// The toxic was removed. Returns the items that it held, then those that it sends on removal.
    pub(in crate::engine) fn detach(&mut self, now: Moment, host: &mut Host<'_>) -> Vec<Item> {
        match self.state.remove() {
            Removal::Nothing => Vec::new(),
            // A toxic with a trigger leaves connections alone where it has not acted, spared or not.
            Removal::Release if self.state == State::Spared && self.waits() => Vec::new(),
            Removal::Release if self.toxic().owes(self.memory.as_ref()) => self.cut(),
            Removal::Release => {
                let mut items = self.let_go();
                if self.has_begun() {
                    self.tell(Event::Detach, now, host);
                    items.extend(self.let_go());
                }
                items
            }
            Removal::Flush => self.let_go(),
            Removal::Cut => self.cut(),
        }
    }

    fn waits(&self) -> bool {
        self.stage_stats.planned.after.is_some()
    }

    /// Returns everything in the stage, in order, and records an ending of the connection among it.
    fn let_go(&mut self) -> Vec<Item> {
        let items = self.flush();
        let closing = self.state == State::Closing;
        let ends = |item: &&Item| item.is_final() || closing && matches!(item, Item::End(_));
        if let Some(ending) = items.iter().find(ends) {
            self.claim(ending);
        }
        items
    }

    /// Cuts the connection because the toxic has destroyed bytes or owes an answer. The scheduled
    /// items precede the missing bytes and may leave; waiting data follows them and is dropped.
    /// Returns the items that leave. The last one is an ending that was queued here, or else a cut.
    fn cut(&mut self) -> Vec<Item> {
        if let Some(queue) = &mut self.queue {
            queue.inbox.retain(|waiting| waiting.item.is_final());
            queue.schedule.rest = None;
        }
        let mut items = self.flush();
        let ending = items.iter().position(Item::is_final);
        items.truncate(ending.map_or(items.len(), |place| place + 1));
        match items.last() {
            Some(ending) if ending.is_final() => self.claim(ending),
            _ => {
                items.push(Item::End(Ending::Cut));
                self.stage_stats.ended(Ending::Cut);
            }
        }
        items
    }
}
