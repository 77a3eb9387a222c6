//! The state machine of a connection: one state for each direction, and a phase for the whole.
//!
//! `LIFECYCLE.md` beside this file has the diagram and the tables; a test checks that they match
//! this code. The state machine is pure: it knows no socket, no task and no clock, and the caller
//! passes in the time. The driver (`connection::duplex::Duplex`) reports each
//! input with [`Lifecycle::apply`], carries out the [`Action`] that it returns, and then checks the
//! [`Phase`].
//!
//! Invariants: a direction never reads again after it has read its source's end. Once a peer is
//! known to be gone, the connection ends within [`ORPHAN_LIMIT`], whatever else happens. A
//! connection that is over never changes again.

mod direction;

use std::time::Duration;

pub(super) use self::direction::{DirectionState, EndedBy, LinkInput};

use self::direction::Consequence;
use super::reason::EndKind;
use crate::engine::{Direction, Ending, Moment};

/// How long a connection stays open to deliver bytes in flight after one of its peers has reset it.
pub const ORPHAN_LIMIT: Duration = Duration::from_secs(10);

/// What happened to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// Something happened to one of its directions.
    Link(Direction, LinkInput),
    /// The connection's proxy stops.
    Stop,
    /// Someone ends the connection with FIN on both sides.
    Close,
    /// Someone ends the connection with RST on both sides.
    Abort,
    /// [`Lifecycle::orphan_limit`] has passed.
    OrphanLimit,
    /// The peers have acknowledged everything that was sent to them, or are lost.
    Delivered,
}

/// What the driver must do in response to an input, on the direction of that input.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Do nothing.
    Nothing,
    /// Tell the pipeline that its source has ended.
    FinishPipeline(Ending),
    /// Send FIN to the sink.
    HalfClose,
}

/// Which phase a connection is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Both links are running.
    Carrying,
    /// A peer has reset the connection. The other peer gets until the orphan limit to receive what
    /// was sent to it, because the system discards a socket's unsent bytes when it is reset.
    Delivering,
    /// The connection is over: close both sockets in this way.
    Over(Ending),
}

/// How one peer's stream is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Farewell {
    pub(super) how: Ending,
    /// Whether FIN has already been sent.
    pub(super) fin_sent: bool,
    /// The peer has ended its side or is gone, so nothing more will arrive from it.
    pub(super) source_done: bool,
    /// A toxic has destroyed bytes that the peer sent.
    pub(super) destroyed: bool,
}

/// The state of a connection whose upstream has been reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lifecycle {
    up: DirectionState,
    down: DirectionState,
    phase: Phase,
    /// When bytes in flight are given up. Set when a peer is first known to be gone.
    orphan_limit: Option<Moment>,
    /// Why the connection ends, as far as is known.
    cause: Option<EndKind>,
    /// The direction on which a toxic destroyed bytes and cut the connection.
    destroyed: Option<Direction>,
}

impl Lifecycle {
    /// A connection with both directions open.
    pub(super) fn new() -> Self {
        Lifecycle {
            up: DirectionState::Open,
            down: DirectionState::Open,
            phase: Phase::Carrying,
            orphan_limit: None,
            cause: None,
            destroyed: None,
        }
    }

    /// The state of one direction.
    pub(super) fn state(&self, direction: Direction) -> DirectionState {
        direction.pick(self.up, self.down)
    }

    /// The phase of the connection.
    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// When the driver must report [`Input::OrphanLimit`], once a peer is gone.
    pub(super) fn orphan_limit(&self) -> Option<Moment> {
        self.orphan_limit
    }

    /// Why the connection ends: the first cause seen, unless the proxy stopped or someone ended the
    /// connection.
    pub(super) fn cause(&self) -> Option<EndKind> {
        self.cause
    }

    /// How to close the peer that is the source of `direction`.
    pub(super) fn farewell(&self, direction: Direction) -> Farewell {
        use DirectionState::{Discarding, Open, Severed};
        let from = self.state(direction);
        let to = self.state(opposite(direction));
        Farewell {
            how: match self.phase {
                Phase::Over(how) => how,
                // The connection was abandoned before it was over.
                Phase::Carrying | Phase::Delivering => Ending::Reset,
            },
            fin_sent: to.fin_sent(),
            source_done: !matches!(from, Open | Discarding | Severed) || to == Severed,
            destroyed: self.destroyed == Some(direction),
        }
    }

    /// Whether the peer that is the source of `direction` has reset the connection.
    pub(super) fn is_gone(&self, direction: Direction) -> bool {
        let from = self.state(direction);
        matches!(from, DirectionState::ResetSeen | DirectionState::Orphaned)
            || self.state(opposite(direction)) == DirectionState::Severed
    }

    /// Processes an input and returns what to do about it. Check the [`phase`](Self::phase)
    /// afterwards.
    pub(super) fn apply(&mut self, input: Input, now: Moment) -> Action {
        match (self.phase, input) {
            (Phase::Over(_), _)
            | (Phase::Carrying, Input::Delivered)
            | (Phase::Delivering, Input::Link(..)) => Action::Nothing,
            (Phase::Carrying, Input::Link(direction, input)) => {
                self.apply_to_link(direction, input, now)
            }
            (_, Input::Stop) => self.end(Ending::Cut, Some(EndKind::Stopped)),
            (_, Input::Close) => self.end(Ending::Cut, Some(EndKind::Killed)),
            (_, Input::Abort) => self.end(Ending::Reset, Some(EndKind::Killed)),
            (_, Input::OrphanLimit | Input::Delivered) => self.end(Ending::Reset, None),
        }
    }

    fn apply_to_link(&mut self, direction: Direction, input: LinkInput, now: Moment) -> Action {
        let consequence = self.step(direction, input);
        if let Some(cause) = cause_of(direction, input) {
            self.cause.get_or_insert(cause);
        }
        let mut is_reset = consequence == Consequence::Reset;
        if input == LinkInput::SinkLost {
            // The sink of one direction is the source of the other.
            let other = opposite(direction);
            is_reset |= self.state(other) == DirectionState::Severed;
            is_reset |= self.step(other, LinkInput::SourceLost) == Consequence::Reset;
        }
        if !matches!(input, LinkInput::SourceEnded | LinkInput::PipelineEnded(..)) {
            self.orphan_limit.get_or_insert(now + ORPHAN_LIMIT);
        }
        if self.up == DirectionState::Finished && self.down == DirectionState::Finished {
            self.phase = Phase::Over(Ending::Eof);
        }
        match consequence {
            _ if is_reset => self.deliver(now),
            Consequence::Nothing | Consequence::Reset => Action::Nothing,
            Consequence::Finish(ending) => Action::FinishPipeline(ending),
            Consequence::HalfClose => Action::HalfClose,
            Consequence::End(Ending::Reset, EndedBy::Source)
            | Consequence::End(Ending::ResetAfter, _) => self.deliver(now),
            Consequence::End(ending, by) => {
                if by == (EndedBy::Toxic { destroyed: true }) {
                    self.destroyed = Some(direction);
                }
                self.end(ending, None)
            }
        }
    }

    fn step(&mut self, direction: Direction, input: LinkInput) -> Consequence {
        let (next, consequence) = self.state(direction).after(input);
        *direction.pick(&mut self.up, &mut self.down) = next;
        consequence
    }

    /// Delays passing on a peer's reset until the other peer has received what was sent before it.
    fn deliver(&mut self, now: Moment) -> Action {
        self.orphan_limit.get_or_insert(now + ORPHAN_LIMIT);
        self.phase = Phase::Delivering;
        Action::Nothing
    }

    /// Ends the connection. `cause` counts only in the carrying phase; in later phases, the cause
    /// is already known.
    fn end(&mut self, how: Ending, cause: Option<EndKind>) -> Action {
        if self.phase == Phase::Carrying {
            self.cause = cause.or(self.cause);
        }
        self.phase = Phase::Over(how);
        Action::Nothing
    }
}

/// The cause of a connection's end if this input is the first to end it.
pub(super) fn cause_of(direction: Direction, input: LinkInput) -> Option<EndKind> {
    let (source, is_orderly) = match input {
        LinkInput::SourceEnded => return None,
        LinkInput::PipelineEnded(ending, _) => (direction, ending == Ending::Eof),
        LinkInput::SourceReset | LinkInput::SourceLost => (direction, false),
        LinkInput::SinkLost => (opposite(direction), false),
    };
    Some(match (source, is_orderly) {
        (Direction::Upstream, true) => EndKind::ClientClosed,
        (Direction::Upstream, false) => EndKind::ClientReset,
        (Direction::Downstream, true) => EndKind::UpstreamClosed,
        (Direction::Downstream, false) => EndKind::UpstreamReset,
    })
}

/// The other direction.
pub(super) fn opposite(direction: Direction) -> Direction {
    direction.pick(Direction::Downstream, Direction::Upstream)
}

#[cfg(test)]
mod tests;
