//! A run that did not get as far as the command's own exit code.

use crate::cli::error::CommandError;

/// The exit code if the command could not be started, as `env`, `timeout` and others use it.
const NOT_STARTED: u8 = 125;

/// Why the run cannot return the command's exit code.
#[derive(Debug)]
pub(crate) struct RunError {
    pub(crate) error: CommandError,
    pub(crate) code: u8,
}

impl From<CommandError> for RunError {
    fn from(error: CommandError) -> Self {
        RunError {
            error,
            code: NOT_STARTED,
        }
    }
}
