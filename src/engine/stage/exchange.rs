//! Stages whose toxic looks at marked chunks alone. Such a toxic acts on exchanges, and treats each
//! one like a connection of its own.
//!
//! Chunks that are not for the toxic (strangers) bypass the stage while it is empty. While items
//! wait there, strangers pass through the stage without being shown, so that no chunk overtakes
//! another.

use std::sync::Arc;

use super::{Host, Stage};
use crate::engine::draw::DrawKey;
use crate::engine::exchanges::Exchanges;
use crate::engine::item::{Chunk, Item};
use crate::engine::plan::PlannedToxic;
use crate::engine::state::State;
use crate::engine::time::Moment;
use crate::engine::toxic::Event;

impl Stage {
    /// Whether the toxic looks at marked chunks alone.
    pub(in crate::engine) fn is_selective(&self) -> bool {
        self.exchanges.is_some()
    }

    /// Whether chunks that are not marked for the toxic must pass through the stage as well. They
    /// must not overtake queued items, must not follow destroyed bytes, and may begin a message.
    pub(super) fn is_open(&self) -> bool {
        self.exchanges.is_none()
            || self.state == State::Lossy
            || self.watch.is_some()
            || !self.is_idle()
    }

    /// Whether the toxic acts on a chunk. This depends only on the chunk's exchange and its draw.
    pub(super) fn is_for_it(&self, chunk: &Chunk) -> bool {
        self.exchanges.as_ref().is_none_or(|exchanges| {
            let planned = &self.stage_stats.planned;
            let may_act = self.state.acts() && planned.toxic.inspects_data();
            may_act && exchanges.touch(chunk, planned)
        })
    }

    /// Whether an item passes through the stage without being shown to the toxic. After the toxic
    /// has destroyed bytes, it is shown everything.
    pub(super) fn is_stranger(&self, item: &Item) -> bool {
        if self.state == State::Closing {
            return true;
        }
        if self.exchanges.is_none() || self.state == State::Lossy {
            return false;
        }
        match item {
            Item::Data(chunk) => !self.is_for_it(chunk),
            Item::End(_) => true,
        }
    }

    /// Whether the toxic has been attached to the connection, or to its first exchange.
    pub(super) fn has_begun(&self) -> bool {
        let exchanges = self.exchanges.as_ref();
        exchanges.is_none_or(|exchanges| exchanges.has_begun())
    }

    /// Starts afresh if the chunk belongs to another exchange than the previous one. A toxic that
    /// has destroyed bytes does not start afresh, because it must still handle that loss.
    pub(super) fn enter_exchange(&mut self, chunk: &Chunk, moment: Moment, host: &mut Host<'_>) {
        let Some(exchanges) = &mut self.exchanges else {
            return;
        };
        if self.state == State::Lossy || !exchanges.enter(chunk) {
            return;
        }
        self.draw_key = exchanges.key();
        self.memory = self.stage_stats.planned.toxic.new_memory();
        self.timer = None;
        self.since = moment;
        if let Some(queue) = &mut self.queue {
            queue.schedule.begin_anew();
        }
        self.tell(Event::Attach, moment, host);
    }

    /// Adopts the draw key of a new plan.
    pub(super) fn take_draws(&mut self, planned: &Arc<PlannedToxic>, draw_key: DrawKey) {
        let mut exchanges = Exchanges::of(planned, draw_key);
        if let (Some(exchanges), Some(before)) = (&mut exchanges, &self.exchanges) {
            exchanges.resume(before);
        }
        self.draw_key = exchanges.as_ref().map_or(draw_key, |now| now.key());
        self.exchanges = exchanges;
    }
}
