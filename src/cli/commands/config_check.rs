//! `config check`: prints the errors and warnings of a config file. It needs no server.
//!
//! The checks are the server's. They are passed in as a function, since the client must not depend
//! on the server.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::output::command_output::CommandOutput;
use crate::cli::output::format::json;
use crate::util::text::escape;

/// One error or warning about a config file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// Its position, what is wrong, and what would be right: `LINE:COLUMN: error: …`.
    pub text: String,
    /// Whether it is an error, and not only a warning.
    pub is_error: bool,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The path in the file, such as `proxies[1].toxics[0].type`.
    pub path: String,
    /// What is wrong and how to fix it.
    pub problem: String,
}

/// Checks a config file and prints each finding on a line, as compilers do, or with `as_json` one
/// object on standard output. With `strict`, a warning fails the check too.
pub fn config_check(
    file: &Path,
    strict: bool,
    as_json: bool,
    check: impl FnOnce(&[u8]) -> Vec<ConfigFault>,
) -> CommandOutput {
    let name = escape(&file.display().to_string());
    let text = match std::fs::read(file) {
        Ok(text) => text,
        Err(error) => {
            let error = escape(&error.to_string());
            let message = format!("config file {name}: {error}");
            return CommandOutput {
                errors: match as_json {
                    true => json(&json!({ "error": message })),
                    false => format!("aconite: {message}\n"),
                },
                code: 1,
                ..CommandOutput::default()
            };
        }
    };
    let faults = check(&text);
    match as_json {
        true => report(&file.display().to_string(), strict, &faults),
        false => verdict(&name, strict, &faults),
    }
}

fn fails(strict: bool, faults: &[ConfigFault]) -> bool {
    faults.iter().any(|fault| fault.is_error || strict)
}

fn report(name: &str, strict: bool, faults: &[ConfigFault]) -> CommandOutput {
    let findings = faults.iter().map(|fault| {
        json!({
            "level": if fault.is_error { "error" } else { "warning" },
            "line": fault.line,
            "column": fault.column,
            "path": fault.path,
            "problem": fault.problem,
        })
    });
    let findings: Vec<Value> = findings.collect();
    let fails = fails(strict, faults);
    CommandOutput {
        output: json(&json!({ "file": name, "ok": !fails, "findings": findings })),
        errors: String::new(),
        code: fails.into(),
    }
}

fn verdict(name: &str, strict: bool, faults: &[ConfigFault]) -> CommandOutput {
    let line = |fault: &ConfigFault| format!("{name}:{}\n", escape(&fault.text));
    let errors = faults.iter().map(line).collect();
    if fails(strict, faults) {
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
            line: 1,
            column: 2,
            path: "[0]".into(),
            problem: "x\u{1b}".into(),
        };
        let faults: Vec<_> = faults.iter().map(fault).collect();
        let output = verdict("f.json", strict, &faults);
        assert_eq!(output.errors, "f.json:1:2: x\\u{1b}\n".repeat(faults.len()));
        assert_eq!(output.output.is_empty(), output.code == 1);
        output.code
    }

    #[test]
    fn json_has_each_finding_with_its_place() {
        let fault = ConfigFault {
            text: String::new(),
            is_error: false,
            line: 3,
            column: 7,
            path: "proxies[1].listen".into(),
            problem: "a \"b\"".into(),
        };
        let output = report("f.json", false, std::slice::from_ref(&fault));
        let read: Value = serde_json::from_str(&output.output).unwrap();
        let expected = json!({ "file": "f.json", "ok": true, "findings": [
            { "level": "warning", "line": 3, "column": 7, "path": "proxies[1].listen", "problem": "a \"b\"" },
        ] });
        assert_eq!((read, output.code), (expected, 0));
        let strict = report("f.json", true, &[fault]);
        let read: Value = serde_json::from_str(&strict.output).unwrap();
        assert_eq!((read["ok"].clone(), strict.code), (json!(false), 1));
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
