//! State that few pipelines need. It is allocated separately, so that all other pipelines stay
//! small.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Weak};

use super::conversation::Conversation;
use super::note::Sent;
use super::stats::Stats;

/// Toxics that have counted a connection and may come again, keyed by the address of their
/// counters. The `Weak` keeps that address from being reused while it is listed here.
pub(super) type Counted = HashMap<usize, Weak<Stats>>;

#[derive(Debug, Default)]
pub(super) struct Rare(Option<Box<State>>);

#[derive(Debug, Default)]
struct State {
    /// The name of the toxic that ended the connection.
    culprit: Option<Arc<str>>,
    /// That toxic had destroyed bytes before.
    destroyed: bool,
    /// A toxic has ended the direction before its source did, so bytes that come in are dropped.
    discards: bool,
    counted: Counted,
    /// Notes that wait to be carried across, in order.
    notes: VecDeque<Sent>,
    /// Present while a toxic looks at the conversation.
    conversation: Option<Conversation>,
}

impl Rare {
    fn state(&mut self) -> &mut State {
        self.0.get_or_insert_default()
    }

    /// Whether there is no such state.
    pub(super) fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Whether no note waits and incoming bytes are wanted.
    pub(super) fn is_quiet(&self) -> bool {
        let state = self.0.as_ref();
        state.is_none_or(|state| state.notes.is_empty() && !state.discards)
    }

    /// Whether incoming bytes are dropped.
    pub(super) fn discards(&self) -> bool {
        self.0.as_ref().is_some_and(|state| state.discards)
    }

    /// Drops the bytes that come in from now on.
    pub(super) fn discard(&mut self) {
        self.state().discards = true;
    }

    pub(super) fn has_notes(&self) -> bool {
        self.0.as_ref().is_some_and(|state| !state.notes.is_empty())
    }

    pub(super) fn push_note(&mut self, note: Sent) {
        self.state().notes.push_back(note);
    }

    /// Removes and returns all waiting notes.
    pub(super) fn take_notes(&mut self) -> VecDeque<Sent> {
        let notes = self.0.as_mut().map(|state| &mut state.notes);
        notes.map(std::mem::take).unwrap_or_default()
    }

    pub(super) fn culprit(&self) -> Option<&Arc<str>> {
        self.0.as_ref().and_then(|state| state.culprit.as_ref())
    }

    /// Whether the toxic that ended the connection had destroyed bytes.
    pub(super) fn destroyed(&self) -> bool {
        self.0.as_ref().is_some_and(|state| state.destroyed)
    }

    /// Records which toxic ended the connection, if it is the first to do so.
    pub(super) fn blame(&mut self, name: &Arc<str>, destroyed: bool) {
        let state = self.state();
        if state.culprit.is_none() {
            state.culprit = Some(Arc::clone(name));
            state.destroyed = destroyed;
        }
    }

    /// The toxics that have counted the connection.
    pub(super) fn counted(&self) -> Option<&Counted> {
        self.0.as_ref().map(|state| &state.counted)
    }

    /// The same, mutably.
    pub(super) fn counted_mut(&mut self) -> &mut Counted {
        &mut self.state().counted
    }

    /// Whether a toxic looks at the conversation.
    pub(super) fn has_conversation(&self) -> bool {
        let state = self.0.as_ref();
        state.is_some_and(|state| state.conversation.is_some())
    }

    pub(super) fn conversation(&mut self) -> Option<&mut Conversation> {
        self.0
            .as_mut()
            .and_then(|state| state.conversation.as_mut())
    }

    /// Begins or ends to follow the conversation.
    pub(super) fn follow(&mut self, wanted: bool, is_first: bool) {
        if wanted {
            let conversation = &mut self.state().conversation;
            conversation.get_or_insert_with(|| Conversation::new(is_first));
        } else if let Some(state) = &mut self.0 {
            state.conversation = None;
        }
    }

    /// Bytes enter this direction. Returns the turn that they belong to, if a toxic wants to know.
    pub(super) fn enter_turn(&mut self) -> u64 {
        self.conversation().map_or(0, Conversation::enter_turn)
    }

    /// Drops toxics that no longer exist.
    pub(super) fn forget_gone(&mut self) {
        if let Some(state) = &mut self.0 {
            state.counted.retain(|_, stats| stats.strong_count() > 0);
        }
    }
}
