//! Parses and checks the values of a toxic that requests contain.

use crate::control::error::ControlError;
use crate::engine::Direction;

/// `upstream` or `downstream`, in any case.
pub(in crate::control) fn parse_stream(stream: &str) -> Result<Direction, ControlError> {
    Direction::ALL
        .into_iter()
        .find(|direction| direction.name().eq_ignore_ascii_case(stream))
        .ok_or_else(|| ControlError::InvalidStream {
            stream: stream.to_owned(),
        })
}

/// Whether a toxicity is in range. Values out of range are accepted, as with Toxiproxy, and act like the
/// nearest value in range.
pub(in crate::control) fn is_share(toxicity: f32) -> bool {
    (0.0..=1.0).contains(&toxicity)
}
