//! A fault of a config file, and how it is printed.

use std::fmt;

/// A fault of a config file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The path, for example `proxies[1].toxics[0].type`; proxies and toxics count from 0.
    pub path: String,
    /// What is wrong and how to fix it.
    pub problem: String,
    /// Whether the server would refuse the file because of it.
    pub fatal: bool,
    /// Whether the proxy would differ from what was intended. Then `config check` fails, although the server
    /// accepts the file.
    pub grave: bool,
}

impl Fault {
    /// A fatal fault at a byte offset of the text.
    pub(super) fn at(text: &str, offset: usize, path: &str, problem: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Fault {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            path: path.to_owned(),
            problem: problem.into(),
            fatal: true,
            grave: false,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.fatal || self.grave {
            "error"
        } else {
            "warning"
        };
        write!(f, "{}:{}: {word}: ", self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.problem)
    }
}
