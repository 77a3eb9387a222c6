//! The API's messages for errors of `control`. All of them are made here.
//!
//! Responsible for the prefix that Toxiproxy puts before errors in bodies, and for advice that only an API
//! client or the server's operator can follow. Must not know: statuses and codes.

use crate::control::{ControlError, Limited};

/// The message of an error answer.
pub(super) fn message(error: &ControlError) -> String {
    let is_fault_in_body = matches!(
        error,
        ControlError::BadValue { .. }
            | ControlError::BadAttribute { .. }
            | ControlError::UnknownSession { .. }
            | ControlError::UnknownProfile { .. }
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

/// What went wrong and what to do, without the prefix that is meant for the sender of a request.
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
            Limited::Profiles => "; define fewer",
            Limited::Sessions => "; end some",
            Limited::Followers => "; close some",
        },
        ControlError::Broken => "; the server's log has the details",
        ControlError::InToxic { error, .. } | ControlError::InProfile { error, .. } => {
            return way_out(error);
        }
        _ => return None,
    };
    Some(way_out)
}
