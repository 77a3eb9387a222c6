//! How far one direction of a connection has come: its states, and the next one after each input.

use crate::engine::Ending;

/// How far one direction has come: what its source did, and what its sink was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DirectionState {
    /// The source may send and the sink takes it.
    Open,
    /// The source is known to have reset the connection; what it sent before may still be read.
    ResetSeen,
    /// The source's FIN was read and is under way through the pipeline.
    Draining,
    /// The source has reset the connection and was read to its end; what it sent before is under way.
    Orphaned,
    /// The source's FIN was passed on to the sink.
    Finished,
    /// The sink is gone, so that nothing can be passed on any more.
    Severed,
}

impl DirectionState {
    /// Whether the source is read.
    pub(crate) fn reads(self) -> bool {
        matches!(self, DirectionState::Open | DirectionState::ResetSeen)
    }

    /// Whether the sink takes bytes.
    pub(crate) fn writes(self) -> bool {
        !matches!(self, DirectionState::Finished | DirectionState::Severed)
    }

    /// Whether a reset by the source would be news. While nobody reads, only a watch reports it.
    pub(crate) fn watches_source(self) -> bool {
        use DirectionState::{Draining, Finished, Open};
        matches!(self, Open | Draining | Finished)
    }

    /// Whether the link of this direction still has something to do.
    pub(crate) fn runs(self) -> bool {
        self != DirectionState::Severed
    }

    /// The next state, and what follows from the step.
    pub(super) fn after(self, input: LinkInput) -> (Self, Consequence) {
        use DirectionState::{Draining, Finished, Open, Orphaned, ResetSeen, Severed};
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
            // A toxic that ends a direction whose source has not ended leaves nobody to read it.
            (Open | ResetSeen, PipelineEnded(_, by)) => (self, Consequence::End(Ending::Close, by)),
            (_, SinkLost) => (Severed, Consequence::Nothing),
            (state, _) => (state, Consequence::Nothing),
        }
    }
}

/// What happened to one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkInput {
    /// A read met the source's FIN.
    SourceEnded,
    /// A read failed: the source has reset the connection, or is lost.
    SourceReset,
    /// The source was seen to be lost while nobody read from it.
    SourceLost,
    /// A write failed: the sink has reset the connection, or is lost.
    SinkLost,
    /// An ending has left the pipeline.
    PipelineEnded(Ending, EndedBy),
}

/// Whose ending left a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndedBy {
    /// The source's own.
    Source,
    /// A toxic's. `destroyed`: it had destroyed bytes before, so that what the source still sends has
    /// no claim to be taken.
    Toxic { destroyed: bool },
}

/// What a step of a direction means for the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consequence {
    Nothing,
    Finish(Ending),
    HalfClose,
    /// Nothing is under way on this direction and its source is gone.
    Reset,
    End(Ending, EndedBy),
}
