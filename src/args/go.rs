//! How Go's `flag` package reads words and values (documentation of its packages `flag` and
//! `strconv`), as far as the reference's flags need it.

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command};
use thiserror::Error;

use super::definition::is_switch;

/// A command line in the one form that clap needs: every flag `--name=value`.
pub(super) struct Line {
    /// The command's name, then its flags up to the end.
    pub(super) flags: Vec<OsString>,
    /// Why the walk ended.
    pub(super) end: End,
    /// The words behind the flags.
    pub(super) rest: Vec<String>,
}

/// What ended the flags.
pub(super) enum End {
    /// The end of the line, `--`, or the first word that is no flag.
    Words,
    /// A call for help.
    Help,
    /// A word that cannot be a flag.
    Fault(Fault),
}

/// What is wrong with a word, as Go puts it.
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

/// Rewrites the words of a command line for clap, up to the first that is no flag or a bad one.
pub(super) fn normalise(definition: &Command, words: Vec<OsString>) -> Line {
    let mut flags = vec![OsString::from(definition.get_name())];
    let mut words = words.into_iter().peekable();
    let mut end = End::Words;
    while let Some(word) = words.next_if(|word| is_flag(word)) {
        if word == "--" {
            break;
        }
        match rewrite(definition, word, || words.next()) {
            Ok(flag) => flags.push(flag),
            Err(stop) => {
                end = stop;
                break;
            }
        }
    }
    let rest = words.map(|word| word.to_string_lossy().into_owned());
    Line {
        flags,
        end,
        rest: rest.collect(),
    }
}

/// A lone dash is a word like any other.
fn is_flag(word: &OsStr) -> bool {
    let bytes = word.as_encoded_bytes();
    bytes.len() > 1 && bytes.starts_with(b"-")
}

/// One flag as `--name=value`; `next` gives the word behind it.
fn rewrite(
    definition: &Command,
    word: OsString,
    next: impl FnOnce() -> Option<OsString>,
) -> Result<OsString, End> {
    let bytes = word.as_encoded_bytes();
    let body = bytes.strip_prefix(b"--").or(bytes.strip_prefix(b"-"));
    let body = body.unwrap_or_default();
    if body.is_empty() || body.starts_with(b"-") || body.starts_with(b"=") {
        let word = word.to_string_lossy().into_owned();
        return Err(End::Fault(Fault::Syntax(word)));
    }
    let name = body.split(|&byte| byte == b'=').next().unwrap_or_default();
    let has_value = name.len() < body.len();
    let name = String::from_utf8_lossy(name).into_owned();
    if name == "h" || name == "help" {
        return Err(End::Help);
    }
    let Some(flag) = find(definition, &name) else {
        return Err(End::Fault(Fault::Unknown(name)));
    };
    if has_value {
        let mut flag = OsString::from(if bytes.starts_with(b"--") { "" } else { "-" });
        flag.push(word);
        return Ok(flag);
    }
    let value = if is_switch(flag) {
        "true".into()
    } else {
        next().ok_or(End::Fault(Fault::NoValue(name.clone())))?
    };
    let mut flag = OsString::from(format!("--{name}="));
    flag.push(value);
    Ok(flag)
}

/// A flag whose value is another flag: its own was forgotten.
pub(super) fn taken_flag(definition: &Command, flags: &[OsString]) -> Option<String> {
    let (name, value) = taken(definition, flags, |_| true)?;
    Some(format!(" ({value} was taken as the value of -{name})"))
}

/// The same for the config file, which cannot be meant.
pub(super) fn taken_config(definition: &Command, flags: &[OsString]) -> Option<String> {
    let (name, value) = taken(definition, flags, |name| name == "config")?;
    let told = format!(
        "flag -{name} has no value of its own: {value} behind it is a flag (write -{name}=./{value} for a file of that name)"
    );
    Some(told)
}

fn taken(
    definition: &Command,
    flags: &[OsString],
    is_wanted: impl Fn(&str) -> bool,
) -> Option<(String, String)> {
    let pairs = flags.iter().filter_map(|flag| {
        let flag = flag.to_str()?.strip_prefix("--")?;
        flag.split_once('=')
    });
    let is_flag = |value: &str| {
        let name = value.strip_prefix("--").or(value.strip_prefix('-'));
        let name = name.and_then(|name| name.split('=').next());
        name.is_some_and(|name| find(definition, name).is_some())
    };
    let mut taken = pairs.filter(|(name, value)| is_wanted(name) && is_flag(value));
    taken
        .next()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
}

fn find<'a>(definition: &'a Command, name: &str) -> Option<&'a Arg> {
    definition
        .get_arguments()
        .find(|flag| flag.get_long() == Some(name))
}

/// Why a value cannot be read, as Go puts it.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum BadValue {
    #[error("parse error")]
    Syntax,
    #[error("value out of range")]
    Range,
}

/// Reads what Go's `strconv.ParseBool` reads.
pub(super) fn boolean(text: &str) -> Result<bool, BadValue> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(BadValue::Syntax),
    }
}

/// Reads a 64-bit integer as Go's `strconv.ParseInt` does with base 0: with a sign, a base prefix
/// and single underscores between digits.
pub(super) fn integer(text: &str) -> Result<i64, BadValue> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (base, digits) = base(unsigned);
    let plain = without_underscores(digits, base.prefixed).ok_or(BadValue::Syntax)?;
    if plain.is_empty() || !plain.chars().all(|digit| digit.is_digit(base.radix)) {
        return Err(BadValue::Syntax);
    }
    let magnitude = i128::from_str_radix(&plain, base.radix).map_err(|_| BadValue::Range)?;
    let value = if negative { -magnitude } else { magnitude };
    i64::try_from(value).map_err(|_| BadValue::Range)
}

/// How the digits of a number are to be read.
struct Base {
    radix: u32,
    /// Whether a prefix said so; an underscore may follow one.
    prefixed: bool,
}

/// The base that a number's prefix names, and its digits.
fn base(text: &str) -> (Base, &str) {
    let prefixed = |radix| Base {
        radix,
        prefixed: true,
    };
    let lower = text.get(..2).map(str::to_ascii_lowercase);
    match lower.as_deref() {
        Some("0x") => (prefixed(16), text.get(2..).unwrap_or_default()),
        Some("0b") => (prefixed(2), text.get(2..).unwrap_or_default()),
        Some("0o") => (prefixed(8), text.get(2..).unwrap_or_default()),
        Some(two) if two.starts_with('0') => (prefixed(8), text.get(1..).unwrap_or_default()),
        _ => {
            let prefixed = false;
            (
                Base {
                    radix: 10,
                    prefixed,
                },
                text,
            )
        }
    }
}

/// The digits alone, if every underscore stands between two of them.
fn without_underscores(digits: &str, prefixed: bool) -> Option<String> {
    let misplaced =
        digits.ends_with('_') || digits.contains("__") || (digits.starts_with('_') && !prefixed);
    (!misplaced).then(|| digits.replace('_', ""))
}
