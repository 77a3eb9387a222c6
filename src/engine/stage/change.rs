//! What a change of the plan, or a removal, does to what a stage holds.

use std::sync::Arc;

use super::{Stage, Waiting};
use crate::engine::item::{Ending, Item};
use crate::engine::outlet::Due;
use crate::engine::plan::{Applicability, PlannedToxic};
use crate::engine::state::{Change, Removal};
use crate::engine::time::Moment;
use crate::engine::toxic::Event;

impl Stage {
    /// Takes the plan's word for a toxic that stays. Returns what has to move on because of it.
    pub(in crate::engine) fn revise(
        &mut self,
        planned: &Arc<PlannedToxic>,
        applicability: Applicability,
        now: Moment,
    ) -> Vec<Item> {
        let revised = self.stage_stats.planned.revision != planned.revision;
        self.draw_key = applicability.draw_key;
        self.stage_stats.planned = Arc::clone(planned);
        match self.state.adopt(&applicability, revised) {
            Change::Nothing => Vec::new(),
            Change::Start => {
                self.since = now;
                if let Some(queue) = &mut self.queue {
                    queue.schedule.begin_anew();
                }
                self.tell(Event::Attach, now);
                Vec::new()
            }
            Change::Revise => {
                let begun = self.restart(now);
                self.tell(Event::Revise, now);
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

    /// The toxic is gone: what it held moves on, then what it has to say.
    pub(in crate::engine) fn detach(&mut self, now: Moment) -> Vec<Item> {
        match self.state.remove() {
            Removal::Nothing => Vec::new(),
            Removal::Release => {
                let mut items = self.let_go();
                self.tell(Event::Detach, now);
                items.extend(self.let_go());
                items
            }
            Removal::Cut => self.cut(),
        }
    }

    /// All that is here, in order. An ending of the connection that leaves is noted.
    fn let_go(&mut self) -> Vec<Item> {
        let items = self.flush();
        if let Some(ending) = items.iter().find(|item| item.is_final()) {
            self.claim(ending);
        }
        items
    }

    /// What leaves a toxic that has destroyed bytes: what it had in hand came before those, what
    /// waits came after them. The end that it had in mind, or a cut.
    fn cut(&mut self) -> Vec<Item> {
        if let Some(queue) = &mut self.queue {
            queue.inbox.retain(|waiting| waiting.item.is_final());
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

    /// What had begun to leave leaves; what was held, and any ending, will be looked at again.
    fn restart(&mut self, now: Moment) -> Vec<Item> {
        self.since = now;
        let Some(queue) = &mut self.queue else {
            return Vec::new();
        };
        let mut begun = Vec::new();
        let mut again = Vec::new();
        for entry in std::mem::take(&mut queue.schedule.entries) {
            match entry.item {
                Item::Data(_) if entry.due != Due::Held => begun.push(entry.item),
                item => again.push(item),
            }
        }
        begun.extend(queue.schedule.rest.take().map(Item::Data));
        for item in again.into_iter().rev() {
            let arrived = match &item {
                Item::Data(chunk) => chunk.arrived,
                Item::End(_) => now,
            };
            queue.inbox_charge += item.charge();
            queue.inbox.push_front(Waiting { arrived, item });
        }
        queue.blocked = false;
        queue.schedule.begin_anew();
        begun
    }

    /// Empties hands and inbox, in order.
    pub(super) fn flush(&mut self) -> Vec<Item> {
        let Some(queue) = &mut self.queue else {
            return Vec::new();
        };
        queue.blocked = false;
        queue.inbox_charge = 0;
        let schedule = std::mem::take(&mut queue.schedule.entries);
        let in_hand = schedule.into_iter().map(|entry| entry.item);
        let rest = queue.schedule.rest.take().map(Item::Data);
        let waiting = std::mem::take(&mut queue.inbox);
        let waiting = waiting.into_iter().map(|waiting| waiting.item);
        in_hand.chain(rest).chain(waiting).collect()
    }
}
