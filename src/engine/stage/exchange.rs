//! What is special about a toxic that looks at marked chunks alone: it acts on exchanges, each as if
//! it were a connection of its own.
//!
//! Chunks that are not for it (strangers) pass beside the stage while it is empty, and through it,
//! without being shown, while something waits there: nothing ever overtakes.

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

    /// Whether what is not marked for the toxic has to go through the stage as well: it must not
    /// overtake what is here, nor follow bytes that were destroyed.
    pub(super) fn is_open(&self) -> bool {
        self.exchanges.is_none() || self.state == State::Lossy || !self.is_idle()
    }

    /// Whether the toxic acts on a chunk, which depends on the chunk's exchange and its draw alone.
    pub(super) fn is_for_it(&self, chunk: &Chunk) -> bool {
        self.exchanges.as_ref().is_none_or(|exchanges| {
            let planned = &self.stage_stats.planned;
            let may_act = self.state.applies() && planned.toxic.inspects_data();
            may_act && exchanges.touch(chunk, planned)
        })
    }

    /// Whether an item goes through the stage without being shown to the toxic. Behind bytes that
    /// the toxic has destroyed it is shown everything.
    pub(super) fn is_stranger(&self, item: &Item) -> bool {
        if self.exchanges.is_none() || self.state == State::Lossy {
            return false;
        }
        match item {
            Item::Data(chunk) => !self.is_for_it(chunk),
            Item::End(_) => true,
        }
    }

    /// Whether the toxic has met what it acts on: the connection, or the first exchange.
    pub(super) fn has_begun(&self) -> bool {
        let exchanges = self.exchanges.as_ref();
        exchanges.is_none_or(|exchanges| exchanges.has_begun())
    }

    /// Begins anew, if a chunk that is to be shown is of another exchange than the one before. Not
    /// behind bytes that were destroyed: the toxic has still to deal with that.
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

    /// Takes the draws that a new plan asks for.
    pub(super) fn take_draws(&mut self, planned: &Arc<PlannedToxic>, draw_key: DrawKey) {
        let mut exchanges = Exchanges::of(planned, draw_key);
        if let (Some(exchanges), Some(before)) = (&mut exchanges, &self.exchanges) {
            exchanges.resume(before);
        }
        self.draw_key = exchanges.as_ref().map_or(draw_key, |now| now.key());
        self.exchanges = exchanges;
    }
}
