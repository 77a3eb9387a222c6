//! Delivers notes from one direction of a connection to the other, and from the driver.

use super::{Intake, Pipeline};
use crate::engine::conversation::StreamPosition;
use crate::engine::item::{Ending, Item};
use crate::engine::note::Note;
use crate::engine::stage::Host;
use crate::engine::time::Moment;

impl Pipeline {
    /// Whether notes are waiting to be carried across.
    pub fn has_notes(&self) -> bool {
        self.rare.has_notes()
    }

    /// Delivers the queued notes to `other`. That must be the pipeline of the same connection's
    /// other direction and must have adopted the newest plan. A note without a receiver is dropped;
    /// if it must not be lost, the connection is cut.
    pub fn pass_notes(&mut self, other: &mut Pipeline, now: Moment) {
        for sent in self.rare.take_notes() {
            if !other.hear(sent.id, sent.note, now)
                && sent.must_arrive
                && self.intake != Intake::Sealed
            {
                self.rare.blame(&sent.name, true);
                self.hand_over(Item::End(Ending::Cut), (usize::MAX, usize::MAX), now);
            }
        }
    }

    /// Delivers a note from the driver to the toxic with this id. Returns whether there is such a toxic
    /// and it acts here. After that, poll as after a `push`.
    pub fn inform(&mut self, id: u64, note: Note, now: Moment) -> bool {
        self.hear(id, note, now)
    }

    fn hear(&mut self, id: u64, note: Note, now: Moment) -> bool {
        let mut host = Host {
            direction: self.direction,
            identity: &self.identity,
            rare: &mut self.rare,
            position: StreamPosition::Within,
        };
        let half = self.stages.iter_mut().find(|stage| stage.id() == id);
        half.is_some_and(|half| half.hear(note, now, &mut host))
    }
}
