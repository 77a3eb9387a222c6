//! What a direction knows of the other one, for toxics that look at the conversation.

/// The conversation as one direction of a connection follows it.
#[derive(Debug)]
pub(super) struct Conversation {
    /// Bytes that have entered the other direction; `None` before it was asked for the first time.
    other: Option<u64>,
    /// Bytes have gone the other way since the last ones entered here.
    other_spoke: bool,
    turn: u64,
}

impl Conversation {
    /// `is_first` says that no bytes have entered either direction.
    pub(super) fn new(is_first: bool) -> Self {
        Conversation {
            other: is_first.then_some(0),
            other_spoke: false,
            turn: 0,
        }
    }

    /// This many bytes have entered the other direction so far. Returns whether some of them are
    /// new.
    pub(super) fn learn(&mut self, entered: u64) -> bool {
        let before = self.other.replace(entered);
        let spoke = before.is_some_and(|before| before != entered);
        self.other_spoke |= spoke;
        spoke
    }

    /// Bytes enter this direction. Returns the turn that they belong to.
    pub(super) fn enter_turn(&mut self) -> u64 {
        self.turn += u64::from(std::mem::take(&mut self.other_spoke));
        self.turn
    }
}
