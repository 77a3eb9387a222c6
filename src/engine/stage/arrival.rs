//! Takes the items that reach a stage, and remembers whether one of them was an ending.

use super::Stage;
use crate::engine::item::{Ending, Item, Seen};
use crate::engine::state::State;
use crate::engine::time::Moment;

impl Stage {
    /// Queues an arriving item. `entered` is the number of bytes that have entered the pipeline.
    pub(in crate::engine) fn receive(&mut self, mut item: Item, arrived: Moment, entered: u64) {
        if let Item::Data(chunk) = &mut item {
            chunk.arrived = arrived;
        }
        match &item {
            // Nothing follows an ending.
            Item::Data(_) if self.seen != Seen::Data || self.state == State::Closing => return,
            Item::Data(_) => {}
            Item::End(Ending::Eof) if self.state == State::Closing => return,
            Item::End(Ending::Eof) => self.seen = self.seen.max(Seen::Eof),
            Item::End(_) => self.seen = Seen::Final,
        }
        if let Some(watch) = &mut self.watch {
            // Whether the toxic will be shown the item is not known yet.
            watch.entered = entered;
        } else if !self.is_stranger(&item) {
            self.stage_stats.received(&item, entered);
        }
        self.queue.get_or_insert_default().push(arrived, item);
    }

    /// Whether a connection-ending item came in, so that this toxic is not what ends the
    /// connection.
    pub(in crate::engine) fn has_seen_final(&self) -> bool {
        self.seen == Seen::Final
    }
}
