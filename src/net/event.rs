//! What a link has to report to its connection.

use std::io;

use super::lifecycle::{EndedBy, Input, LinkInput};
use crate::engine::{Direction, Ending};

/// What happened, and the system's error if there is one: an input of the connection's
/// [`Lifecycle`](super::lifecycle::Lifecycle), and the cause that is logged.
#[derive(Debug)]
pub(super) struct LinkEvent {
    pub(super) input: Input,
    pub(super) error: Option<io::Error>,
}

impl LinkEvent {
    /// The proxy stops.
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
