//! Strict mode: what is otherwise a warning is an error.

use super::finding::Finding;
use crate::control::error::ControlError;

/// Errors: the mode is strict, and there is a finding.
pub(in crate::control) fn admit(
    strict: bool,
    findings: impl FnOnce() -> Vec<Finding>,
) -> Result<(), ControlError> {
    let first = if strict {
        findings().into_iter().next()
    } else {
        None
    };
    match first {
        Some(finding) => Err(ControlError::Strict { finding }),
        None => Ok(()),
    }
}
