//! Releases the items in a stage's schedule when they are due.

use std::time::Duration;

use super::{MAX_LATENESS, Stage};
use crate::engine::item::{Item, Seen};
use crate::engine::schedule::Due;
use crate::engine::state::State;
use crate::engine::time::Moment;

/// Timers are this late at times without anything being wrong.
const BEHIND: Duration = Duration::from_millis(1);

impl Stage {
    /// Returns the first entry's item, and when it is due, if it may leave at `now`.
    pub(in crate::engine) fn ready(&self, now: Moment) -> Option<(&Item, Moment)> {
        let schedule = &self.queue.as_ref()?.schedule;
        let due = schedule.next_due().filter(|due| *due <= now)?;
        schedule.entries.front().map(|entry| (&entry.item, due))
    }

    /// Records that the due item cannot move on.
    pub(in crate::engine) fn block(&mut self) {
        if let Some(queue) = &mut self.queue {
            queue.blocked = true;
        }
    }

    /// Releases the first entry, which is due at `due`. The returned moment is when it should have left. The last part
    /// says whether it is late on a shared rate. Other links are late too then, and must send before
    /// this one catches up, or it would take all of the time that was lost.
    pub(in crate::engine) fn release(
        &mut self,
        due: Moment,
        now: Moment,
    ) -> Option<(Item, Moment, bool)> {
        let queue = self.queue.as_mut()?;
        let entry = queue.schedule.entries.pop_front()?;
        let blocked = std::mem::take(&mut queue.blocked);
        let moment = if blocked {
            now
        } else {
            due.max(now.minus(MAX_LATENESS)).min(now)
        };
        queue.schedule.last_release = Some(moment);
        let wanted = queue.schedule.note_wanted(&entry);
        let takes = queue.schedule.takes;
        self.stage_stats
            .released(&entry, takes, (wanted, due, now), blocked);
        if entry.item.is_final() || self.state == State::Closing {
            self.claim(&entry.item);
        }
        let is_reserved = matches!(entry.due, Due::Reserved(_));
        let is_behind = is_reserved && !blocked && now.since(due) > BEHIND;
        Some((entry.item, moment, is_behind))
    }

    /// Records an ending that leaves, if the toxic caused it.
    pub(super) fn claim(&mut self, item: &Item) {
        if let Item::End(ending) = item
            && self.seen != Seen::Final
        {
            self.stage_stats.ended(*ending);
        }
    }

    /// When this stage next has something to do without outside input.
    pub(in crate::engine) fn next_moment(&self) -> Option<Moment> {
        let queue = self.queue.as_ref().filter(|queue| !queue.blocked);
        let due = queue.and_then(|queue| queue.schedule.next_due());
        [due, self.timer].into_iter().flatten().min()
    }
}
