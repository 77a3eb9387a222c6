//! The flags and positional arguments of a `toxiproxy-cli` command.

use std::ffi::OsString;

use super::flag::{Flag, Item, Reach, Reader, Stop};

/// The parsed arguments of a command.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ParsedFlags {
    /// Flags by their first name, in the order given.
    values: Vec<(&'static str, String)>,
    /// The positional arguments.
    pub(super) words: Vec<String>,
}

impl ParsedFlags {
    /// Parses the arguments of a command.
    pub(super) fn read(flags: &[Flag], words: &[String], reach: Reach) -> Result<Self, Stop> {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        let mut parsed = ParsedFlags::default();
        for item in Reader::new(flags, words, reach) {
            match item? {
                Item::Flag(name, value) => {
                    let value = value.to_string_lossy().into_owned();
                    parsed.values.push((name, value));
                }
                Item::Word(word) => parsed.words.push(word.to_string_lossy().into_owned()),
            }
        }
        Ok(parsed)
    }

    /// The value of a flag's last occurrence.
    pub(super) fn last(&self, name: &str) -> Option<&str> {
        let mut same = self.values.iter().rev();
        same.find(|(flag, _)| *flag == name)
            .map(|(_, value)| value.as_str())
    }

    /// The values of all occurrences of a flag.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let same = self.values.iter().filter(move |(flag, _)| *flag == name);
        same.map(|(_, value)| value.as_str())
    }

    /// Whether a switch is on.
    pub(super) fn has(&self, name: &str) -> bool {
        self.last(name) == Some("true")
    }
}
