//! Patterns that users write for paths, hosts and values of fields.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use regex_automata::Input;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use thiserror::Error;

/// The longest pattern, in bytes.
const LONGEST: usize = 1024;
/// The most memory that a compiled regular expression may need, and that compiling it may need.
const MOST_MEMORY: usize = 1024 * 1024;

/// A pattern over a whole value: `*` is any text, `?` is any one character. A leading `~` makes the
/// rest a regular expression, which must be found somewhere in the value.
///
/// Regular expressions are compiled to an automaton whose states are all known: matching takes time
/// linear in the value, needs no memory, and so no lock. Letters outside of ASCII stand for their
/// bytes in UTF-8.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    regex: Option<Arc<dense::DFA<Vec<u32>>>>,
}

/// Why a text is no pattern.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PatternError {
    /// It is too long.
    #[error("a pattern has at most {LONGEST} bytes")]
    TooLong,
    /// The regular expression would need too much memory.
    #[error(
        "the regular expression needs more than 1 MiB: use fewer or smaller repetitions, such as .* for .{{1,999}}"
    )]
    TooLarge,
    /// The regular expression is wrong.
    #[error("not a regular expression: {0}")]
    Regex(String),
}

impl Pattern {
    /// Reads a pattern as users write it.
    ///
    /// # Errors
    /// It is too long, or a wrong or too large regular expression.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        if text.len() > LONGEST {
            return Err(PatternError::TooLong);
        }
        let regex = text.strip_prefix('~').map(compile).transpose()?;
        Ok(Pattern {
            text: text.to_owned(),
            regex: regex.map(Arc::new),
        })
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the value fits.
    pub fn fits(&self, value: &[u8]) -> bool {
        match &self.regex {
            Some(regex) => is_found(regex, value),
            None => glob(self.text.as_bytes(), value, |one, other| one == other),
        }
    }

    /// Whether the value fits when both are written in lower case. A regular expression is not
    /// changed, so it must be written in lower case.
    pub fn fits_in_any_case(&self, value: &[u8]) -> bool {
        match &self.regex {
            Some(regex) => is_found(regex, &lower_case(value)),
            None => glob(self.text.as_bytes(), value, |one, other| {
                one.eq_ignore_ascii_case(&other)
            }),
        }
    }
}

fn lower_case(value: &[u8]) -> Cow<'_, [u8]> {
    match value.iter().any(u8::is_ascii_uppercase) {
        true => value.to_ascii_lowercase().into(),
        false => value.into(),
    }
}

fn compile(regex: &str) -> Result<dense::DFA<Vec<u32>>, PatternError> {
    // Without Unicode, classes such as \w stay small, and any byte can be matched.
    let syntax = syntax::Config::new().unicode(false).utf8(false);
    if let Err(error) = syntax::parse_with(regex, &syntax) {
        return Err(PatternError::Regex(reason(&error.to_string())));
    }
    let nfa = thompson::Config::new()
        .utf8(false)
        .nfa_size_limit(Some(MOST_MEMORY))
        .which_captures(thompson::WhichCaptures::None);
    let dfa = dense::Config::new()
        .start_kind(StartKind::Unanchored)
        .dfa_size_limit(Some(MOST_MEMORY))
        .determinize_size_limit(Some(MOST_MEMORY));
    let mut builder = dense::Builder::new();
    let builder = builder.syntax(syntax).thompson(nfa).configure(dfa);
    builder.build(regex).map_err(|_| PatternError::TooLarge)
}

/// The reason in a syntax error of several lines: its last line, behind `error: `.
fn reason(error: &str) -> String {
    let last = error.lines().last().unwrap_or(error);
    last.trim_start_matches("error: ").to_owned()
}

fn is_found(regex: &dense::DFA<Vec<u32>>, value: &[u8]) -> bool {
    let input = Input::new(value).earliest(true);
    // A search fails only for automata that stop at certain bytes, and this is none.
    matches!(regex.try_search_fwd(&input), Ok(Some(_)))
}

/// Whether the whole value fits the glob. Where the text behind a `*` does not fit, only the last `*`
/// is tried with a longer text, which is enough and takes at most len * len steps.
fn glob(mut pattern: &[u8], mut value: &[u8], equal: impl Fn(u8, u8) -> bool) -> bool {
    let mut last_star: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern.split_first(), value.split_first()) {
            (None, None) => return true,
            (Some((b'*', rest)), _) => {
                last_star = Some((rest, value));
                pattern = rest;
                continue;
            }
            (Some((b'?', rest)), Some(_)) => {
                (pattern, value) = (rest, without_character(value));
                continue;
            }
            (Some((one, rest)), Some((other, behind))) if equal(*one, *other) => {
                (pattern, value) = (rest, behind);
                continue;
            }
            _ => {}
        }
        let Some((behind_star, [_, longer @ ..])) = last_star else {
            return false;
        };
        last_star = Some((behind_star, longer));
        (pattern, value) = (behind_star, longer);
    }
}

/// The value without its first character: a byte of ASCII, or a lead byte of UTF-8 with those that
/// continue it.
fn without_character(value: &[u8]) -> &[u8] {
    let behind = value.get(1..).unwrap_or_default();
    let continues = |byte: &u8| byte & 0b1100_0000 == 0b1000_0000;
    let end = behind.iter().position(|byte| !continues(byte));
    behind
        .get(end.unwrap_or(behind.len())..)
        .unwrap_or_default()
}

/// Two patterns are equal if they are written the same.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}

#[cfg(test)]
mod tests;
