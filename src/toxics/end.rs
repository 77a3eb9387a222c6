//! `end`: how a toxic ends a connection. Several kinds share it.

use crate::engine::Ending;
use crate::toxics::attribute::Attribute;
use crate::toxics::attribute::Type;
use crate::toxics::values::Values;

/// How a toxic ends a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum End {
    /// FIN on both sides, as Toxiproxy does.
    #[default]
    Fin,
    /// RST on both sides.
    Rst,
    /// FIN to the receiver of this direction alone: the other direction stays open.
    Half,
}

impl End {
    /// The attribute.
    pub(super) fn attribute() -> Attribute {
        Attribute::new("end", Type::choice(&["fin", "rst", "half"]))
            .default("fin")
            .beside()
            .about(
                "how it ends: FIN on both sides, RST on both sides, or FIN in this direction only",
            )
            .example("rst")
    }

    /// The attribute of a kind that can end a message too, which is not an end of the connection.
    pub(super) fn attribute_of_message() -> Attribute {
        Attribute::new("end", Type::choice(&["fin", "rst", "half", "message"]))
            .default("fin")
            .beside()
            .about(
                "how it ends: FIN on both sides, RST on both sides, FIN in this direction only, or (with match.http) the answer as if it were whole",
            )
            .example("rst")
    }

    /// Reads the attribute's value, which has been checked.
    pub(super) fn of(values: &Values) -> Self {
        match values.text("end") {
            "rst" => End::Rst,
            "half" => End::Half,
            _ => End::Fin,
        }
    }

    /// The ending that follows the bytes which the toxic has passed: they reach the receiver first.
    pub(super) fn after_bytes(self) -> Ending {
        match self {
            End::Fin => Ending::Close,
            End::Rst => Ending::ResetAfter,
            End::Half => Ending::Eof,
        }
    }

    /// The ending that takes effect at once.
    pub(super) fn at_once(self) -> Ending {
        match self {
            End::Fin => Ending::Cut,
            End::Rst => Ending::Reset,
            End::Half => Ending::Eof,
        }
    }
}
