//! A parser of Go's flags. It follows Go's `flag` package: one dash or two, and a value after a space
//! or an equals sign.
//!
//! It is written by hand, because no Rust library has these rules: `-port` is one flag and not four
//! letters, a switch takes a value only after an equals sign, and the value of `-host -port` is `-port`.
//! Must not know what a flag means.

use std::ffi::{OsStr, OsString};
use std::vec;

use thiserror::Error;

use super::go_value;

/// A flag that a command accepts.
#[derive(Clone, Copy, Debug)]
pub(in crate::args) struct Flag {
    /// All its names. The parser reports the first.
    pub(in crate::args) names: &'static [&'static str],
    /// The type of its value.
    pub(in crate::args) kind: Kind,
    /// Whether it may be repeated.
    pub(in crate::args) repeated: bool,
    /// Its line in help; empty if it is hidden because Toxiproxy does not have it.
    pub(in crate::args) about: &'static str,
}

/// The type of a flag's value, as far as Go's rules depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::args) enum Kind {
    /// A switch: true if given without a value; it takes a value only after an equals sign.
    Switch,
    /// A number; only help distinguishes it from text.
    Integer,
    /// Any text.
    Text,
}

/// Where the parser stops looking for flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// At the first word that is not a flag.
    FirstWord,
    /// At `--` or the end.
    Everything,
}

/// One parsed item of a command line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A flag, by its first name, and its value. The value of a switch is `true` or `false`.
    Flag(&'static str, OsString),
    /// A word that is not a flag.
    Word(OsString),
}

/// Why parsing ended early.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// `-help`, or `-h` where no flag has that name.
    Help,
    /// A word cannot be parsed.
    Fault(Fault),
}

/// What is wrong with a word, in Go's words.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum Fault {
    #[error("bad flag syntax: {0}")]
    Syntax(String),
    #[error("flag provided but not defined: -{0}")]
    Unknown(String),
    #[error("flag needs an argument: -{0}")]
    NoValue(String),
    #[error("invalid boolean value {value:?} for -{name}: parse error")]
    Boolean { name: String, value: String },
}

/// Parses words one by one. Items after the first [`Stop`] must not be used.
pub(super) struct Reader<'a> {
    flags: &'a [Flag],
    words: vec::IntoIter<OsString>,
    reach: Reach,
    /// Whether all remaining words are positional arguments.
    only_words: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(flags: &'a [Flag], words: Vec<OsString>, reach: Reach) -> Self {
        Reader {
            flags,
            words: words.into_iter(),
            reach,
            only_words: false,
        }
    }

    /// Reads one flag, and its value from the next word if it needs one.
    fn flag(&mut self, word: &OsStr) -> Result<Item, Stop> {
        let fault = |fault| Err(Stop::Fault(fault));
        let bytes = word.as_encoded_bytes();
        let body = bytes.strip_prefix(b"--").or(bytes.strip_prefix(b"-"));
        let body = body.unwrap_or_default();
        if body.is_empty() || body.starts_with(b"-") || body.starts_with(b"=") {
            return fault(Fault::Syntax(word.to_string_lossy().into_owned()));
        }
        let name = body.split(|&byte| byte == b'=').next().unwrap_or_default();
        let dashes = bytes.len() - body.len();
        let value = (name.len() < body.len()).then(|| tail(word, dashes + name.len() + 1));
        let name = String::from_utf8_lossy(name).into_owned();
        let (flag, first) = match find(self.flags, &name) {
            _ if name == "help" => return Err(Stop::Help),
            Some(found) => found,
            None if name == "h" => return Err(Stop::Help),
            None => return fault(Fault::Unknown(name)),
        };
        if flag.kind != Kind::Switch {
            let value = value.or_else(|| self.words.next());
            return match value {
                Some(value) => Ok(Item::Flag(first, value)),
                None => fault(Fault::NoValue(name)),
            };
        }
        let value = value.unwrap_or_else(|| "true".into());
        let value = value.to_string_lossy().into_owned();
        match go_value::boolean(&value) {
            Ok(on) => Ok(Item::Flag(first, on.to_string().into())),
            Err(_) => fault(Fault::Boolean { name, value }),
        }
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Item, Stop>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut word = self.words.next()?;
        if !self.only_words && word == "--" {
            self.only_words = true;
            word = self.words.next()?;
        }
        // A lone dash is a positional argument.
        let bytes = word.as_encoded_bytes();
        if self.only_words || bytes.len() < 2 || !bytes.starts_with(b"-") {
            self.only_words |= self.reach == Reach::FirstWord;
            return Some(Ok(Item::Word(word)));
        }
        Some(self.flag(&word))
    }
}

/// The word without its first `bytes`, which end with an ASCII character.
fn tail(word: &OsStr, bytes: usize) -> OsString {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let rest = word.as_bytes().get(bytes..).unwrap_or_default();
        OsStr::from_bytes(rest).to_owned()
    }
    #[cfg(not(unix))]
    {
        let text = word.to_string_lossy();
        text.get(bytes..).unwrap_or_default().into()
    }
}

/// The flag that has a name, and its first name.
fn find<'a>(flags: &'a [Flag], name: &str) -> Option<(&'a Flag, &'static str)> {
    let flag = flags.iter().find(|flag| flag.names.contains(&name))?;
    Some((flag, flag.names.first()?))
}

/// Whether a word is one of these flags. If it was taken as a value, the preceding flag lacks its value.
pub(super) fn is_flag(flags: &[Flag], word: &str) -> bool {
    let name = word.strip_prefix("--").or(word.strip_prefix('-'));
    let name = name.and_then(|name| name.split('=').next());
    name.is_some_and(|name| find(flags, name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn flag(names: &'static [&'static str], kind: Kind) -> Flag {
        Flag {
            names,
            kind,
            repeated: false,
            about: "",
        }
    }

    static FLAGS: &[Flag] = &[
        flag(&["toxicity", "tox"], Kind::Text),
        flag(&["upstream", "u"], Kind::Switch),
    ];

    fn read(line: &[&str], reach: Reach) -> Result<Vec<String>, Stop> {
        let words = line.iter().map(OsString::from).collect();
        let items = Reader::new(FLAGS, words, reach).map(|item| match item? {
            Item::Flag(name, value) => Ok(format!("{name}={}", value.display())),
            Item::Word(word) => Ok(word.display().to_string()),
        });
        items.collect()
    }

    #[test]
    fn flags_may_stand_before_and_after_a_word() {
        for line in [
            ["-tox", "0.5", "-u", "web"],
            ["web", "-u", "--tox", "0.5"],
            ["--upstream=1", "web", "--toxicity", "0.5"],
        ] {
            let mut items = read(&line, Reach::Everything).unwrap();
            items.sort();
            assert_eq!(items, ["toxicity=0.5", "upstream=true", "web"], "{line:?}");
        }
    }

    #[test]
    fn flags_after_the_first_word_are_words_if_reach_ends_there() {
        let items = read(&["-u=f", "add", "-u", "--", "x"], Reach::FirstWord).unwrap();
        assert_eq!(items, ["upstream=false", "add", "-u", "--", "x"]);
        assert_eq!(read(&["--", "-u"], Reach::FirstWord).unwrap(), ["-u"]);
    }

    #[test]
    fn values_may_look_like_flags_and_two_dashes_end_the_flags() {
        let items = read(&["-tox", "-0.1", "--", "-u", "--"], Reach::Everything).unwrap();
        assert_eq!(items, ["toxicity=-0.1", "-u", "--"]);
        assert_eq!(read(&["-"], Reach::Everything).unwrap(), ["-"]);
        assert_eq!(
            read(&["-tox=a=b"], Reach::Everything).unwrap(),
            ["toxicity=a=b"]
        );
    }

    #[test]
    fn faults_are_worded_as_go_words_them() {
        for (word, message) in [
            ("--nope=1", "flag provided but not defined: -nope"),
            ("-tox", "flag needs an argument: -tox"),
            ("---u", "bad flag syntax: ---u"),
            ("-=u", "bad flag syntax: -=u"),
            (
                "-u=maybe",
                "invalid boolean value \"maybe\" for -u: parse error",
            ),
        ] {
            match read(&["web", word], Reach::Everything) {
                Err(Stop::Fault(fault)) => assert_eq!(fault.to_string(), message),
                other => panic!("{word}: {other:?}"),
            }
        }
    }

    #[test]
    fn help_is_known_without_a_flag_of_its_name() {
        for word in ["-help", "--help", "-h", "-h=1"] {
            assert_eq!(
                read(&["-u", word, "-nope"], Reach::Everything),
                Err(Stop::Help)
            );
        }
    }
}
