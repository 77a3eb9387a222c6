//! The states of one direction of a connection, and the next state after each input.

use crate::engine::Ending;

/// The state of one direction: what its source has done, and what its sink has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DirectionState {
    /// The source may send, and the sink takes its bytes.
    Open,
    /// The source has reset the connection, but bytes it sent before may still be readable.
    ResetSeen,
    /// The source's FIN was read and is passing through the pipeline.
    Draining,
    /// The source has reset the connection and was read to its end; its bytes are still in flight.
    Orphaned,
    /// A toxic has ended the direction: the sink has its FIN, and what the source still sends is
    /// read and dropped.
    Discarding,
    /// The sink has its FIN, and the source has ended.
    Finished,
    /// The sink is gone, so nothing can be passed on any more.
    Severed,
}

impl DirectionState {
    /// Whether the link reads from the source.
    pub(crate) fn reads(self) -> bool {
        use DirectionState::{Discarding, Open, ResetSeen};
        matches!(self, Open | ResetSeen | Discarding)
    }

    /// Whether the sink still takes bytes.
    pub(crate) fn writes(self) -> bool {
        !self.fin_sent() && self != DirectionState::Severed
    }

    /// Whether FIN has been sent to the sink.
    pub(crate) fn fin_sent(self) -> bool {
        matches!(self, DirectionState::Discarding | DirectionState::Finished)
    }

    /// Whether a reset by the source would be new information. While the link does not read, only a
    /// watch on the socket reports it.
    pub(crate) fn watches_source(self) -> bool {
        use DirectionState::{Discarding, Draining, Finished, Open};
        matches!(self, Open | Draining | Discarding | Finished)
    }

    /// Whether the link of this direction still has something to do.
    pub(crate) fn runs(self) -> bool {
        self != DirectionState::Severed
    }

    /// The next state, and the consequence of the transition.
    pub(super) fn after(self, input: LinkInput) -> (Self, Consequence) {
        use DirectionState::{Discarding, Draining, Finished, Open, Orphaned, ResetSeen, Severed};
        use LinkInput::{PipelineEnded, SinkLost, SourceEnded, SourceLost, SourceReset};
        match (self, input) {
            (Severed, _) => (Severed, Consequence::Nothing),
            (state, PipelineEnded(ending, by)) if ending != Ending::Eof => {
                (state, Consequence::End(ending, by))
            }
            (Open, SourceEnded) => (Draining, Consequence::Finish(Ending::Eof)),
            (Open | ResetSeen, SourceReset) | (ResetSeen, SourceEnded) => {
                (Orphaned, Consequence::Finish(Ending::Reset))
            }
            (Open, SourceLost) => (ResetSeen, Consequence::Nothing),
            (Draining, SourceLost) => (Orphaned, Consequence::Nothing),
            (Finished, SourceLost) | (Orphaned, PipelineEnded(..)) => (self, Consequence::Reset),
            (Draining, PipelineEnded(..)) => (Finished, Consequence::HalfClose),
            // A toxic ended this direction before its source did.
            (Open, PipelineEnded(..)) => (Discarding, Consequence::HalfClose),
            (ResetSeen, PipelineEnded(..)) | (Discarding, SourceReset | SourceLost) => {
                (Orphaned, Consequence::Reset)
            }
            (Discarding, SourceEnded) => (Finished, Consequence::Nothing),
            (_, SinkLost) => (Severed, Consequence::Nothing),
            (state, _) => (state, Consequence::Nothing),
        }
    }
}

/// What happened to one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkInput {
    /// A read returned the source's FIN.
    SourceEnded,
    /// A read failed because the source has reset the connection or is lost.
    SourceReset,
    /// The source was found to be lost while the link was not reading from it.
    SourceLost,
    /// A write failed because the sink has reset the connection or is lost.
    SinkLost,
    /// An ending has left the pipeline.
    PipelineEnded(Ending, EndedBy),
}

/// Who caused an ending that left a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndedBy {
    /// The source ended.
    Source,
    /// A toxic ended the link. `destroyed` means that it destroyed bytes before that, so there is
    /// no obligation to read what the source still sends.
    Toxic { destroyed: bool },
}

/// What a transition of one direction means for the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consequence {
    Nothing,
    Finish(Ending),
    HalfClose,
    /// No bytes are in flight on this direction and its source is gone.
    Reset,
    End(Ending, EndedBy),
}
