//! How words become flags: as Go's `flag` package reads them, with one dash or two, and also
//! behind a word that is no flag.

use crate::args::go::{self, Fault};

/// A flag that a command takes.
#[derive(Debug)]
pub(super) struct Flag {
    /// All its names; the first is what it is looked up by.
    pub(super) names: &'static [&'static str],
    /// Whether it takes no value.
    pub(super) switch: bool,
    /// Whether it may be given more than once.
    pub(super) repeated: bool,
    /// Its line in help; empty: not shown, since the reference does not have it.
    pub(super) about: &'static str,
}

/// How far flags are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Up to the first word that is no flag.
    FirstWord,
    /// To the end, or to `--`.
    Everything,
}

/// What the words of a command were.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Walked {
    /// Flags by their first name, in the order in which they stood.
    values: Vec<(&'static str, String)>,
    /// The words that are no flags.
    pub(super) words: Vec<String>,
}

impl Walked {
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

/// Why the walk ended early.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// A call for help.
    Help,
    /// A word that cannot be read.
    Fault(Fault),
}

/// Reads the words of a command.
pub(super) fn walk(
    flags: &'static [Flag],
    words: Vec<String>,
    reach: Reach,
) -> Result<Walked, Stop> {
    let mut walked = Walked::default();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if word == "--" {
            walked.words.extend(words.by_ref());
        } else if word.len() < 2 || !word.starts_with('-') {
            walked.words.push(word);
            if reach == Reach::FirstWord {
                walked.words.extend(words.by_ref());
            }
        } else {
            let read = read(flags, &word, || words.next())?;
            walked.values.push(read);
        }
    }
    Ok(walked)
}

/// One flag and its value; `next` gives the word behind it.
fn read(
    flags: &'static [Flag],
    word: &str,
    next: impl FnOnce() -> Option<String>,
) -> Result<(&'static str, String), Stop> {
    let fault = |fault| Err(Stop::Fault(fault));
    let body = word
        .strip_prefix("--")
        .or(word.strip_prefix('-'))
        .unwrap_or(word);
    if body.is_empty() || body.starts_with(['-', '=']) {
        return fault(Fault::Syntax(word.to_owned()));
    }
    let (name, value) = match body.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (body, None),
    };
    if name == "help" {
        return Err(Stop::Help);
    }
    let found = flags.iter().find(|flag| flag.names.contains(&name));
    let Some((flag, key)) = found.and_then(|flag| Some((flag, *flag.names.first()?))) else {
        return fault(Fault::Unknown(name.to_owned()));
    };
    let name = name.to_owned();
    if !flag.switch {
        let value = value.or_else(next);
        return value.map_or_else(|| fault(Fault::NoValue(name)), |value| Ok((key, value)));
    }
    let value = value.unwrap_or_else(|| "true".into());
    match go::boolean(&value) {
        Ok(on) => Ok((key, on.to_string())),
        Err(_) => fault(Fault::Boolean { name, value }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static FLAGS: &[Flag] = &[
        Flag {
            names: &["toxicity", "tox"],
            switch: false,
            repeated: false,
            about: "",
        },
        Flag {
            names: &["upstream", "u"],
            switch: true,
            repeated: false,
            about: "",
        },
    ];

    fn walk_line(line: &[&str], reach: Reach) -> Result<Walked, Stop> {
        walk(
            FLAGS,
            line.iter().map(|word| (*word).to_owned()).collect(),
            reach,
        )
    }

    #[test]
    fn flags_may_stand_on_either_side_of_a_word() {
        for line in [
            ["-tox", "0.5", "-u", "web"],
            ["web", "-u", "--tox", "0.5"],
            ["--upstream=1", "web", "--toxicity", "0.5"],
        ] {
            let walked = walk_line(&line, Reach::Everything).unwrap();
            assert_eq!(walked.words, ["web"], "{line:?}");
            assert_eq!(walked.last("toxicity"), Some("0.5"), "{line:?}");
            assert!(walked.has("upstream"), "{line:?}");
        }
    }

    #[test]
    fn a_group_leaves_what_is_behind_the_first_word() {
        let walked = walk_line(&["-u=f", "add", "-u", "--", "x"], Reach::FirstWord).unwrap();
        assert_eq!(walked.words, ["add", "-u", "--", "x"]);
        assert!(!walked.has("upstream"));
    }

    #[test]
    fn values_may_look_like_flags_and_two_dashes_end_them() {
        let walked = walk_line(&["-tox", "-0.1", "--", "-u", "--"], Reach::Everything).unwrap();
        assert_eq!(walked.last("toxicity"), Some("-0.1"));
        assert_eq!(walked.words, ["-u", "--"]);
        assert_eq!(walk_line(&["-"], Reach::Everything).unwrap().words, ["-"]);
    }

    #[test]
    fn faults_are_worded_as_go_words_them() {
        for (word, told) in [
            ("--nope=1", "flag provided but not defined: -nope"),
            ("-tox", "flag needs an argument: -tox"),
            ("---u", "bad flag syntax: ---u"),
            (
                "-u=maybe",
                "invalid boolean value \"maybe\" for -u: parse error",
            ),
        ] {
            match walk_line(&["web", word], Reach::Everything) {
                Err(Stop::Fault(fault)) => assert_eq!(fault.to_string(), told),
                other => panic!("{word}: {other:?}"),
            }
        }
        assert_eq!(
            walk_line(&["-u", "-help", "-nope"], Reach::Everything),
            Err(Stop::Help)
        );
    }
}
