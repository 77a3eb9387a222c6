//! The state machine of whether a toxic applies to one direction of one connection.
//!
//! Invariant: after a toxic has destroyed bytes, no later byte may pass, because the receiver would
//! see a gap. So the state records the loss, and every transition out of [`State::Lossy`] ends the
//! connection. Both functions below are exhaustive matches: a missing transition does not compile.

use super::plan::Applicability;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The connection is outside the toxic's scope.
    OutOfScope,
    /// The connection is in scope, but its draw exempts it.
    Spared,
    /// The toxic applies. Every byte that it was shown has left or is still in the stage.
    Intact,
    /// The toxic applies and has destroyed bytes.
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
    /// The toxic begins to apply.
    Start,
    /// The toxic still applies, with other attributes.
    Revise,
    /// The toxic ceases to apply; the items that it held move on.
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
    /// What it sent moves on, and nothing follows it.
    Flush,
}

impl State {
    /// The initial state for a connection.
    pub(super) fn new(applicability: &Applicability) -> Self {
        match (applicability.applies, applicability.matches) {
            (true, _) => State::Intact,
            (false, true) => State::Spared,
            (false, false) => State::OutOfScope,
        }
    }

    /// Whether the toxic is shown the items that pass.
    pub(super) fn applies(self) -> bool {
        match self {
            State::Intact | State::Lossy | State::Closing => true,
            State::OutOfScope | State::Spared | State::Ended => false,
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
        if self.applies() {
            *self = State::Closing;
        }
    }

    /// Applies a new plan. `revised` says that the attributes changed.
    pub(super) fn adopt(&mut self, applicability: &Applicability, revised: bool) -> Change {
        let revise = if revised {
            Change::Revise
        } else {
            Change::Nothing
        };
        let (next, change) = match (*self, applicability.applies) {
            // FIN cannot be taken back, so nothing changes a direction that a toxic has ended.
            (State::Ended | State::Closing, _) => (*self, Change::Nothing),
            (State::Lossy, false) => (State::Ended, Change::Cut),
            (State::Lossy, true) => (State::Lossy, revise),
            (State::Intact, false) => (State::new(applicability), Change::Stop),
            (State::Intact, true) => (State::Intact, revise),
            (State::OutOfScope | State::Spared, true) => (State::Intact, Change::Start),
            (State::OutOfScope | State::Spared, false) => {
                (State::new(applicability), Change::Nothing)
            }
        };
        *self = next;
        change
    }

    /// The toxic is removed from the proxy. A toxic whose draw exempted the connection is called as
    /// well: clients rely on the removal of a timeout to close all connections of its proxy.
    pub(super) fn remove(self) -> Removal {
        match self {
            State::OutOfScope | State::Ended => Removal::Nothing,
            State::Spared | State::Intact => Removal::Release,
            State::Lossy => Removal::Cut,
            State::Closing => Removal::Flush,
        }
    }
}
