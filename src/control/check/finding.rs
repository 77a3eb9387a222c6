//! One thing that is wrong with a request or a config file, or that can hardly have been meant.
//!
//! Responsible for the shape of a finding: the field, the problem, and what would be right. Must not
//! know who reports it, or where.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The field, for example `type` or `attributes.latency`; empty if it is the thing as a whole.
    pub field: String,
    /// What is wrong.
    pub problem: String,
    /// What would be right; empty if the problem says it.
    pub remedy: String,
    /// Whether it is refused. What is not fatal is accepted, except in strict mode.
    pub fatal: bool,
    /// Whether the field is unknown, so that it is ignored unless it is refused.
    pub unknown: bool,
}

impl Finding {
    /// Something that is refused.
    pub fn fatal(field: &str, problem: impl Into<String>) -> Self {
        Finding {
            field: field.to_owned(),
            problem: problem.into(),
            remedy: String::new(),
            fatal: true,
            unknown: false,
        }
    }

    /// Something that is accepted, but can hardly have been meant.
    pub(in crate::control) fn odd(field: &str, problem: impl Into<String>) -> Self {
        Finding {
            fatal: false,
            ..Finding::fatal(field, problem)
        }
    }

    /// A field that does not exist.
    pub(in crate::control) fn unknown(field: &str, problem: impl Into<String>) -> Self {
        Finding {
            unknown: true,
            ..Finding::odd(field, problem)
        }
    }

    pub(in crate::control) fn with_remedy(self, remedy: impl Into<String>) -> Self {
        Finding {
            remedy: remedy.into(),
            ..self
        }
    }

    /// What is wrong and what would be right, for a reader who is shown the field beside it.
    pub fn message(&self) -> String {
        let ignored = if self.unknown { ", it is ignored" } else { "" };
        self.sentence(ignored)
    }

    /// The same with the field, for a request that is refused: nothing of it is ignored.
    pub(in crate::control) fn refusal(&self) -> String {
        self.with_field(self.sentence(""))
    }

    fn sentence(&self, consequence: &str) -> String {
        let semicolon = if self.remedy.is_empty() { "" } else { "; " };
        format!("{}{consequence}{semicolon}{}", self.problem, self.remedy)
    }

    /// A field that the sentence begins with is not repeated.
    fn with_field(&self, sentence: String) -> String {
        match sentence.starts_with(&self.field) {
            true => sentence,
            false => format!("{}: {sentence}", self.field),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_field(self.message()))
    }
}
