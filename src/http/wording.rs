//! What the API says about an error of `control`: the one place where those messages are made.
//!
//! Responsible for the preamble that Toxiproxy puts before faults in bodies, and for ways out that
//! only a client of the API or whoever starts the server has. Must not know statuses and codes.

use crate::control::{ControlError, Limited};

/// The message of an answer.
pub(super) fn message(error: &ControlError) -> String {
    let is_fault_in_body = matches!(
        error,
        ControlError::BadValue { .. }
            | ControlError::BadAttribute { .. }
            | ControlError::UnknownSession { .. }
            | ControlError::InToxic { .. }
            | ControlError::Strict { .. }
    );
    let preamble = if is_fault_in_body {
        "bad request body: "
    } else {
        ""
    };
    format!("{preamble}{}", describe(error))
}

/// What went wrong and the way out, without the words that are for the sender of a request.
pub fn describe(error: &ControlError) -> String {
    match way_out(error) {
        Some(way_out) => format!("{error}{way_out}"),
        None => error.to_string(),
    }
}

fn way_out(error: &ControlError) -> Option<&'static str> {
    let way_out = match error {
        ControlError::UnknownSession { .. } => ": start it with POST /sessions",
        ControlError::TooMany { what, .. } => match what {
            Limited::Proxies => "; remove some, or start the server with a higher -max-proxies",
            Limited::Toxics => "; remove some, or start the server with a higher -max-toxics",
            Limited::ToxicMemory => {
                "; remove some, or start the server with a higher -total-buffer"
            }
            Limited::Sessions => "; end some",
            Limited::Followers => "; close some",
        },
        ControlError::InToxic { error, .. } => return way_out(error),
        _ => return None,
    };
    Some(way_out)
}
