//! What a kind that acts on requests and answers declares.

use crate::engine::{Chunk, Direction, Outlet, Toxic};
use crate::protocol::http::Action;
use crate::toxics::attribute::Attribute;
use crate::toxics::error::AttributeError;
use crate::toxics::values::Values;

/// A kind that acts on requests and answers, and has no stage: it sees no bytes.
pub(in crate::toxics) trait HttpKind {
    /// The `type` in the API.
    const NAME: &'static str;
    /// One sentence for users.
    const ABOUT: &'static str;
    /// A longer description, for the API documentation.
    const DETAILS: &'static str;
    /// What it can do.
    const SHAPE: HttpShape;

    /// The attributes, in the order in which the API shows them.
    fn attributes() -> Vec<Attribute>;

    /// What a toxic with these values does. `direction` is the toxic's stream, if it is known.
    ///
    /// Errors: the values contradict each other.
    fn action(values: &Values, direction: Option<Direction>) -> Result<Action, AttributeError>;
}

/// What kinds that act on HTTP have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::toxics) enum HttpShape {
    /// Answers in place of the upstream, and so knows nothing of its answer.
    Answers,
    /// Changes the upstream's answer.
    ChangesAnswers,
    /// Changes requests on an upstream toxic, and the upstream's answers on a downstream one.
    ChangesEither,
}

/// A kind's function, with its shape.
pub(in crate::toxics) type OfValues =
    fn(&Values, Option<Direction>) -> Result<Action, AttributeError>;

/// Stands for a kind that has no stage. As a stage, it does nothing.
#[derive(Debug)]
pub(in crate::toxics) struct NoStage;

impl Toxic for NoStage {
    type Memory = ();

    fn inspects_data(&self) -> bool {
        false
    }

    fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
        out.send(chunk);
    }
}

/// Errors: an option counts bytes or messages of a connection, where requests are meant.
pub(in crate::toxics) fn not_for_connections(values: &Values) -> Result<(), AttributeError> {
    if !values.map("after").is_empty() {
        let problem = "counts what passes on a connection, but this toxic acts on requests; give \
                       match.http with requests, nth or after";
        return Err(AttributeError::conflict("after", problem));
    }
    if !values.map("framing").is_empty() || !values.text("framing").is_empty() {
        let problem =
            "tells messages of a connection apart, but this toxic acts on requests; leave it out";
        return Err(AttributeError::conflict("framing", problem));
    }
    Ok(())
}
