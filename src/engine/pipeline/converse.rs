//! Tells one direction of a connection that bytes have entered the other one.

use super::{LastBytes, Pipeline};
use crate::engine::conversation::StreamPosition;
use crate::engine::stage::Stage;
use crate::engine::time::Moment;

impl Pipeline {
    /// Whether a toxic looks at the conversation, so that [`Pipeline::listen_to`] needs the time.
    pub fn follows_conversation(&self) -> bool {
        self.rare.has_conversation()
    }

    /// Learns of bytes that have entered `other`, which must be the pipeline of the same connection's
    /// other direction. To keep the order right, call it after each read in either direction and
    /// after each change of the plan, before anything else enters this pipeline.
    pub fn listen_to(&mut self, other: &Pipeline, now: Moment) {
        self.hear_of(other.offset, now);
    }

    /// Learns that bytes have entered the other direction. To keep the order right, call it after each
    /// read there. It costs nothing, so that a toxic that comes later can be told who spoke last.
    pub fn note_turn(&mut self) {
        self.last = LastBytes::Other;
    }

    /// Where a toxic begins that attaches now.
    pub(in crate::engine) fn position(&self) -> StreamPosition {
        match self.last {
            _ if self.queued() > 0 => StreamPosition::Within,
            LastBytes::None => StreamPosition::Start,
            LastBytes::Own => StreamPosition::Within,
            LastBytes::Other => StreamPosition::TurnStart,
        }
    }

    /// The same: `entered` bytes have entered the other direction so far.
    pub(in crate::engine) fn hear_of(&mut self, entered: u64, now: Moment) {
        let conversation = self.rare.conversation();
        if conversation.is_some_and(|conversation| conversation.learn(entered)) {
            self.note_bytes(now);
        }
    }

    /// Bytes enter this direction. Returns the turn that they belong to, if a toxic wants to know.
    #[cold]
    pub(super) fn enter_turn(&mut self, now: Moment) -> u64 {
        if self.rare.has_conversation() {
            self.note_bytes(now);
        }
        self.rare.enter_turn()
    }

    /// A byte has entered one of the directions.
    pub(super) fn note_bytes(&mut self, now: Moment) {
        self.stages
            .iter_mut()
            .for_each(|stage| stage.note_bytes(now));
    }

    /// Follows the conversation exactly while a toxic looks at it. `is_first` says that the
    /// connection is starting.
    pub(in crate::engine) fn follow_conversation(&mut self, is_first: bool) {
        let wanted = self.stages.iter().any(Stage::needs_conversation);
        self.rare.follow(wanted, is_first);
    }
}
