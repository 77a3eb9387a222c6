//! The state machine of whether a toxic applies to one direction of one connection.
//!
//! Invariant: after a toxic has destroyed bytes, no later byte may pass, because the receiver would
//! see a gap. So the state records the loss, and every transition out of [`State::Lossy`] ends the
//! connection. Both functions below are exhaustive matches: a missing transition does not compile.

use super::plan::Applicability;
use super::trigger::Wait;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The connection is outside the toxic's scope.
    OutOfScope,
    /// The connection is in scope, but its draw exempts it.
    Spared,
    /// The toxic applies, but what it waits for has not happened yet. It is not called.
    Waiting,
    /// The toxic acts. Every byte that it was shown has left or is still in the stage.
    Intact,
    /// The toxic acts and has destroyed bytes.
    Lossy,
    /// The toxic has ended its direction before the source did. What it sent before may still
    /// leave; everything else is dropped.
    Closing,
    /// An item that ends the connection has passed. Nothing more leaves this stage.
    Ended,
}

/// What a stage must do because the plan changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Nothing,
    /// The toxic begins to apply, and waits for its trigger.
    Wait,
    /// The toxic still waits, but for something else.
    WaitForOther,
    /// The toxic no longer waits, and begins to act.
    Begin,
    /// The toxic begins to apply, and acts.
    Start,
    /// The toxic still acts, with other attributes.
    Revise,
    /// The toxic ceases to apply; the items that the stage held move on.
    Stop,
    /// The toxic ceases to apply and has destroyed bytes; the connection is cut.
    Cut,
}

/// What a stage must do because its toxic was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removal {
    Nothing,
    /// The items that it held move on, followed by anything that the toxic sends on removal.
    Release,
    /// As for `Release`, but the connection is cut in any case.
    Cut,
    /// The items in the stage move on. The toxic is not called, because it has ended the direction
    /// or has never acted.
    Flush,
}

impl State {
    /// The initial state for a connection. `waits` says that the toxic has a trigger.
    pub(super) fn new(applicability: &Applicability, waits: bool) -> Self {
        match (applicability.applies, applicability.matches) {
            (true, _) if waits => State::Waiting,
            (true, _) => State::Intact,
            (false, true) => State::Spared,
            (false, false) => State::OutOfScope,
        }
    }

    /// Whether the toxic acts: it is shown the items that pass.
    pub(super) fn acts(self) -> bool {
        match self {
            State::Intact | State::Lossy | State::Closing => true,
            State::OutOfScope | State::Spared | State::Waiting | State::Ended => false,
        }
    }

    /// Whether the stage moves the items that are in it.
    pub(super) fn moves_items(self) -> bool {
        match self {
            State::Intact | State::Lossy | State::Closing | State::Waiting => true,
            State::OutOfScope | State::Spared | State::Ended => false,
        }
    }

    /// What the toxic waited for has happened.
    pub(super) fn begin(&mut self) {
        if *self == State::Waiting {
            *self = State::Intact;
        }
    }

    /// Records that the toxic has destroyed bytes.
    pub(super) fn lose(&mut self) {
        if *self == State::Intact {
            *self = State::Lossy;
        }
    }

    /// Records that the toxic has ended its direction before the source did.
    pub(super) fn close(&mut self) {
        if self.acts() {
            *self = State::Closing;
        }
    }

    /// Applies a new plan. `revised` says that the attributes changed. A trigger that has fired
    /// stays so while the toxic applies, whatever it is changed to.
    pub(super) fn adopt(
        &mut self,
        applicability: &Applicability,
        revised: bool,
        wait: Wait,
    ) -> Change {
        let revise = if revised {
            Change::Revise
        } else {
            Change::Nothing
        };
        let initial = State::new(applicability, wait != Wait::No);
        let (next, change) = match (*self, applicability.applies) {
            // FIN cannot be taken back, so nothing changes a direction that a toxic has ended.
            (State::Ended | State::Closing, _) => (*self, Change::Nothing),
            (State::Lossy, false) => (State::Ended, Change::Cut),
            (State::Lossy, true) => (State::Lossy, revise),
            (State::Intact | State::Waiting, false) => (initial, Change::Stop),
            (State::Intact, true) => (State::Intact, revise),
            (State::Waiting, true) => match wait {
                Wait::No => (State::Intact, Change::Begin),
                Wait::Same => (State::Waiting, Change::Nothing),
                Wait::Other => (State::Waiting, Change::WaitForOther),
            },
            (State::OutOfScope | State::Spared, true) => match wait {
                Wait::No => (initial, Change::Start),
                Wait::Same | Wait::Other => (initial, Change::Wait),
            },
            (State::OutOfScope | State::Spared, false) => (initial, Change::Nothing),
        };
        *self = next;
        change
    }

    /// The toxic is removed from the proxy. A toxic whose draw exempted the connection is called as
    /// well: clients rely on the removal of a timeout to close all connections of its proxy. A
    /// toxic that waits is not: clients know no triggers, and it has done nothing yet.
    pub(super) fn remove(self) -> Removal {
        match self {
            State::OutOfScope | State::Ended => Removal::Nothing,
            State::Spared | State::Intact => Removal::Release,
            State::Lossy => Removal::Cut,
            State::Waiting | State::Closing => Removal::Flush,
        }
    }
}
