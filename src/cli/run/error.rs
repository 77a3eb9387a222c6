//! A run that did not get as far as the command's own exit code.

use crate::cli::error::CommandError;

/// The exit code if the command was not started, as with `env`, `timeout` and others.
const NOT_STARTED: u8 = 125;

/// Why there is no exit code of the command.
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
