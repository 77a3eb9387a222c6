//! `config check`: prints the errors and warnings of a config file. It needs no server.
//!
//! The checks are the server's. They are passed in as a function, since the client must not depend
//! on the server.

use std::path::Path;

use crate::cli::output::command_output::CommandOutput;
use crate::util::text::escape;

/// One error or warning about a config file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// Its position, what is wrong, and what would be right: `LINE:COLUMN: error: …`.
    pub text: String,
    /// Whether it is an error, and not only a warning.
    pub is_error: bool,
}

/// Checks a config file and prints each finding on a line, as compilers do. With `strict`, a
/// warning fails the check too.
pub fn config_check(
    file: &Path,
    strict: bool,
    check: impl FnOnce(&[u8]) -> Vec<ConfigFault>,
) -> CommandOutput {
    let name = escape(&file.display().to_string());
    let text = match std::fs::read(file) {
        Ok(text) => text,
        Err(error) => {
            let error = escape(&error.to_string());
            return CommandOutput {
                errors: format!("aconite: config file {name}: {error}\n"),
                code: 1,
                ..CommandOutput::default()
            };
        }
    };
    verdict(&name, strict, &check(&text))
}

fn verdict(name: &str, strict: bool, faults: &[ConfigFault]) -> CommandOutput {
    let line = |fault: &ConfigFault| format!("{name}:{}\n", escape(&fault.text));
    let errors = faults.iter().map(line).collect();
    if faults.iter().any(|fault| fault.is_error || strict) {
        return CommandOutput {
            errors,
            code: 1,
            ..CommandOutput::default()
        };
    }
    // A warning here may be about a value that a strict server rejects.
    let except = match faults.is_empty() {
        true => "",
        false => " (see the warnings; with -strict it may not)",
    };
    CommandOutput {
        output: format!("{name}: the server takes it{except}\n"),
        errors,
        code: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(strict: bool, faults: &[bool]) -> u8 {
        let fault = |is_error: &bool| ConfigFault {
            text: "1:2: x\u{1b}".into(),
            is_error: *is_error,
        };
        let faults: Vec<_> = faults.iter().map(fault).collect();
        let output = verdict("f.json", strict, &faults);
        assert_eq!(output.errors, "f.json:1:2: x\\u{1b}\n".repeat(faults.len()));
        assert_eq!(output.output.is_empty(), output.code == 1);
        output.code
    }

    #[test]
    fn warnings_fail_the_check_only_if_it_is_strict() {
        assert_eq!(code(false, &[]), 0);
        assert_eq!(code(true, &[]), 0);
        assert_eq!(code(false, &[false]), 0);
        assert_eq!(code(true, &[false]), 1);
        assert_eq!(code(false, &[false, true]), 1);
    }
}
