//! Strict mode turns warnings into errors.

use super::finding::Finding;
use crate::control::error::ControlError;

/// Errors: strict mode is on and there is a finding.
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
