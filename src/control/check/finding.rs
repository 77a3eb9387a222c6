//! One finding about a request or a config file: an error, or something that is probably a mistake.
//!
//! Responsible for the shape of a finding: the field, the problem, and what would be right. Must not
//! know who reports it, or where.

use std::fmt;

/// One error or warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The field, for example `type` or `attributes.latency`; empty if the finding is about the whole object.
    pub field: String,
    /// What is wrong.
    pub problem: String,
    /// What to write instead; empty if the problem already says so.
    pub remedy: String,
    /// Whether the request is refused. Strict mode refuses requests with non-fatal findings too.
    pub fatal: bool,
    /// Whether the field is unknown. Unknown fields are ignored unless the request is refused.
    pub unknown: bool,
}

impl Finding {
    /// A fatal finding: the request is refused.
    pub fn fatal(field: &str, problem: impl Into<String>) -> Self {
        Finding {
            field: field.to_owned(),
            problem: problem.into(),
            remedy: String::new(),
            fatal: true,
            unknown: false,
        }
    }

    /// A warning: the value is accepted, but is probably a mistake.
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

    /// The problem and the remedy without the field, for output that shows the field separately.
    pub fn message(&self) -> String {
        let ignored = if self.unknown { ", it is ignored" } else { "" };
        self.sentence(ignored)
    }

    /// The path of the field in an object at `place`, and the message about it, which does not repeat the
    /// field.
    pub fn at(&self, place: &str) -> (String, String) {
        let (field, message) = (&self.field, self.message());
        if field.is_empty() {
            return (place.to_owned(), message);
        }
        // The field may name only where the rest of the path begins.
        let rest = message
            .strip_prefix(field.as_str())
            .filter(|rest| rest.starts_with([' ', '.', '[']));
        let rest = rest.and_then(|rest| rest.split_once(' '));
        let (inner, message) = match rest {
            Some((inner, rest)) => (inner, format!("it {rest}")),
            None => ("", message.clone()),
        };
        (format!("{place}.{field}{inner}"), message)
    }

    /// The problem and the remedy with the field, for a refused request, of which no part takes effect.
    pub(in crate::control) fn refusal(&self) -> String {
        self.with_field(self.sentence(""))
    }

    fn sentence(&self, consequence: &str) -> String {
        let semicolon = if self.remedy.is_empty() { "" } else { "; " };
        format!("{}{consequence}{semicolon}{}", self.problem, self.remedy)
    }

    /// Does not repeat the field if the sentence already begins with it.
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
