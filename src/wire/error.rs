//! Errors: Toxiproxy's body, and the headers that aconite adds.

use serde::{Deserialize, Serialize};

/// The header with the stable code of an error; see [`ErrorCode`](super::ErrorCode).
pub const ERROR_CODE: &str = "aconite-error-code";
/// The header that says what to do about an error.
pub const HINT: &str = "aconite-hint";
/// The header that warns about input that was accepted but is probably a mistake.
pub const WARNING: &str = "aconite-warning";

/// The body of an error.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct ErrorBody {
    /// The message.
    pub error: String,
    /// The HTTP status of the answer.
    #[serde(default)]
    pub status: u16,
}
