//! How notes come from one direction of a connection to the other.

use super::Pipeline;
use crate::engine::item::{Ending, Item};
use crate::engine::note::Note;
use crate::engine::stage::Host;
use crate::engine::time::Moment;

impl Pipeline {
    /// Whether notes wait to be carried over.
    pub fn has_notes(&self) -> bool {
        self.rare.has_notes()
    }

    /// Gives the notes that wait here to `other`, which is the pipeline of the same connection's
    /// other direction and has adopted the newest plan. A note that nobody there can hear is
    /// dropped, or cuts the connection if it must not be lost.
    pub fn pass_notes(&mut self, other: &mut Pipeline, now: Moment) {
        for sent in self.rare.take_notes() {
            if !other.hear(sent.id, sent.note, now) && sent.must_arrive && !self.sealed {
                self.rare.blame(&sent.name, true);
                self.hand_over(Item::End(Ending::Cut), (usize::MAX, usize::MAX), now);
            }
        }
    }

    fn hear(&mut self, id: u64, note: Note, now: Moment) -> bool {
        let mut host = Host {
            identity: &self.identity,
            rare: &mut self.rare,
        };
        let half = self.stages.iter_mut().find(|stage| stage.id() == id);
        half.is_some_and(|half| half.hear(note, now, &mut host))
    }
}
