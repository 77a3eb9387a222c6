//! The list of recordings that aconite deliberately does not follow.
//!
//! A line is `NAME NUMBER reason`, where NUMBER, 1 to 18, identifies the defect that was fixed; `#`
//! starts a comment line.

use std::collections::BTreeMap;
use std::fmt;

use super::scenario::Scenario;

/// Why one recording is not followed.
#[derive(Debug, PartialEq, Eq)]
pub struct Exception {
    number: u8,
    reason: String,
}

impl fmt::Display for Exception {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "defect {}: {}", self.number, self.reason)
    }
}

/// All of them, by scenario.
#[derive(Debug, Default)]
pub struct Exceptions(BTreeMap<String, Exception>);

impl Exceptions {
    /// Reads the list.
    ///
    /// # Errors
    /// A line in another form, a number out of range, or a repeated name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut list = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let fault = |what: &str| format!("line {}: {what}: {line:?}", index + 1);
            let (name, exception) = parse_line(line)
                .ok_or_else(|| fault("expected NAME NUMBER reason, NUMBER 1..18"))?;
            if list.insert(name.to_owned(), exception).is_some() {
                return Err(fault("listed twice"));
            }
        }
        Ok(Self(list))
    }

    /// Why `name` may fail, if it may.
    pub fn reason(&self, name: &str) -> Option<&Exception> {
        self.0.get(name)
    }

    /// A problem for each entry whose recording does not exist.
    pub fn without_scenario(&self, all: &[Scenario]) -> Vec<String> {
        self.0
            .keys()
            .filter(|name| !all.iter().any(|one| one.name == **name))
            .map(|name| format!("exceptions.txt lists {name}, but there is no such recording"))
            .collect()
    }
}

fn parse_line(line: &str) -> Option<(&str, Exception)> {
    let (name, rest) = line.split_once(char::is_whitespace)?;
    let (number, reason) = rest.trim_start().split_once(char::is_whitespace)?;
    let number = number
        .parse()
        .ok()
        .filter(|number| (1..=18).contains(number))?;
    let reason = reason.trim().to_owned();
    Some((name, Exception { number, reason }))
}
