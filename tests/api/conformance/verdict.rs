//! Counts results and decides which of them are problems.

use std::fmt;

use super::exceptions::Exception;
use super::report;
use super::scenario::Scenario;

/// The outcome so far.
#[derive(Debug, Default)]
pub struct Verdict {
    passed: usize,
    excepted: usize,
    failed: usize,
    /// The problems, ready to print.
    pub problems: Vec<String>,
}

impl Verdict {
    /// Adds a scenario's result; it passed if there are no failures.
    pub fn count(
        &mut self,
        scenario: &Scenario,
        exception: Option<&Exception>,
        failures: Vec<String>,
    ) {
        match (exception, failures.is_empty()) {
            (None, true) => self.passed += 1,
            (Some(_), false) => self.excepted += 1,
            (None, false) => {
                self.failed += 1;
                self.problems.push(report(scenario, &failures));
            }
            (Some(exception), true) => {
                self.failed += 1;
                let name = &scenario.name;
                self.problems.push(format!(
                    "{name} passes, but exceptions.txt lists it ({exception}): \
                     remove the line, or find out what undid the mending"
                ));
            }
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            passed,
            excepted,
            failed,
            ..
        } = self;
        write!(out, "{passed} passed, {excepted} excepted, {failed} failed")
    }
}
