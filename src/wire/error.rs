//! Errors: Toxiproxy's body, and the headers in which aconite says more.

use serde::{Deserialize, Serialize};

/// The header with the stable code of an error; see [`ErrorCode`](super::ErrorCode).
pub const ERROR_CODE: &str = "aconite-error-code";
/// The header that says what to do about an error.
pub const HINT: &str = "aconite-hint";
/// The headers of what was accepted, though it can hardly have been intended.
pub const WARNING: &str = "aconite-warning";

/// The body of an error.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: String,
    /// The status of the answer.
    #[serde(default)]
    pub status: u16,
}
