//! The events that a link reports to its connection.

use std::io;

use super::lifecycle::{EndedBy, Input, LinkInput};
use crate::engine::{Direction, Ending};

/// An input for the connection's [`Lifecycle`](super::lifecycle::Lifecycle), and the system's error to
/// log, if there is one.
#[derive(Debug)]
pub(super) struct LinkEvent {
    pub(super) input: Input,
    pub(super) error: Option<io::Error>,
}

impl LinkEvent {
    /// The proxy is stopping.
    pub(super) fn stopped() -> Self {
        LinkEvent {
            input: Input::Stop,
            error: None,
        }
    }

    /// Something happened to the link of this direction.
    pub(super) fn new(direction: Direction, input: LinkInput, error: Option<io::Error>) -> Self {
        LinkEvent {
            input: Input::Link(direction, input),
            error,
        }
    }

    /// An ending has left the link's pipeline.
    pub(super) fn pipeline_ended(direction: Direction, ending: Ending, by: EndedBy) -> Self {
        LinkEvent::new(direction, LinkInput::PipelineEnded(ending, by), None)
    }
}
