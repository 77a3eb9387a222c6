//! How a toxic stands to one direction of one connection, and what may become of that.
//!
//! One rule: where a toxic has destroyed bytes, no later byte may pass, or the receiver would see a
//! gap. So the state remembers it, every way out of [`State::Lossy`] ends the connection, and both
//! functions below are total matches: a transition that is left out does not compile.

use super::plan::Applicability;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The connection is not in the toxic's scope.
    OutOfScope,
    /// In scope, but the draw spares the connection.
    Spared,
    /// The toxic applies. Every byte that it was shown has left or is still in the stage.
    Intact,
    /// The toxic applies and has destroyed bytes.
    Lossy,
    /// What ends the connection has passed: nothing comes from here any more.
    Ended,
}

/// What a stage has to do because the plan changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Nothing,
    /// The toxic begins to apply.
    Start,
    /// It applies on, with other attributes.
    Revise,
    /// It ceases to apply: what it held moves on.
    Stop,
    /// It ceases to apply and has destroyed bytes: the connection is cut.
    Cut,
}

/// What a stage has to do because its toxic was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removal {
    Nothing,
    /// What it held moves on, then what the toxic has to say.
    Release,
    /// The same, and the connection is cut in any case.
    Cut,
}

impl State {
    /// The state of a connection that has not met the toxic before.
    pub(super) fn new(applicability: &Applicability) -> Self {
        match (applicability.applies, applicability.matches) {
            (true, _) => State::Intact,
            (false, true) => State::Spared,
            (false, false) => State::OutOfScope,
        }
    }

    /// Whether the toxic is shown what passes.
    pub(super) fn applies(self) -> bool {
        match self {
            State::Intact | State::Lossy => true,
            State::OutOfScope | State::Spared | State::Ended => false,
        }
    }

    /// The toxic has destroyed bytes.
    pub(super) fn lose(&mut self) {
        if *self == State::Intact {
            *self = State::Lossy;
        }
    }

    /// Takes what a new plan says. `revised`: the attributes changed.
    pub(super) fn adopt(&mut self, applicability: &Applicability, revised: bool) -> Change {
        let revise = if revised {
            Change::Revise
        } else {
            Change::Nothing
        };
        let (next, change) = match (*self, applicability.applies) {
            (State::Ended, _) => (State::Ended, Change::Nothing),
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

    /// The toxic is removed from the proxy. One that spared the connection has its say as well:
    /// clients rely on a timeout closing all connections of its proxy when it goes.
    pub(super) fn remove(self) -> Removal {
        match self {
            State::OutOfScope | State::Ended => Removal::Nothing,
            State::Spared | State::Intact => Removal::Release,
            State::Lossy => Removal::Cut,
        }
    }
}
