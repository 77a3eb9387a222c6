//! Parses values as Go's `strconv` does (see the documentation of `ParseBool` and `ParseInt`), as far
//! as Toxiproxy's flags need it.

use thiserror::Error;

/// Why a value cannot be parsed, in Go's words.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum ValueError {
    #[error("parse error")]
    Syntax,
    #[error("value out of range")]
    Range,
}

/// Reads what Go's `strconv.ParseBool` reads.
pub(super) fn boolean(text: &str) -> Result<bool, ValueError> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(ValueError::Syntax),
    }
}

/// Reads a 64-bit integer as Go's `strconv.ParseInt` does with base 0: with a sign, a base prefix
/// and single underscores between digits.
pub(super) fn integer(text: &str) -> Result<i64, ValueError> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = split_prefix(unsigned);
    let plain = without_underscores(digits, radix.prefixed).ok_or(ValueError::Syntax)?;
    if plain.is_empty() || !plain.chars().all(|digit| digit.is_digit(radix.base)) {
        return Err(ValueError::Syntax);
    }
    let magnitude = i128::from_str_radix(&plain, radix.base).map_err(|_| ValueError::Range)?;
    let value = if negative { -magnitude } else { magnitude };
    i64::try_from(value).map_err(|_| ValueError::Range)
}

/// How to parse the digits of a number.
struct Radix {
    base: u32,
    /// Whether a prefix gave the base. An underscore may follow a prefix.
    prefixed: bool,
}

/// The base that a number's prefix names, and its digits.
fn split_prefix(text: &str) -> (Radix, &str) {
    let prefixed = |base| Radix {
        base,
        prefixed: true,
    };
    let lower = text.get(..2).map(str::to_ascii_lowercase);
    match lower.as_deref() {
        Some("0x") => (prefixed(16), text.get(2..).unwrap_or_default()),
        Some("0b") => (prefixed(2), text.get(2..).unwrap_or_default()),
        Some("0o") => (prefixed(8), text.get(2..).unwrap_or_default()),
        Some(two) if two.starts_with('0') => (prefixed(8), text.get(1..).unwrap_or_default()),
        _ => {
            let decimal = Radix {
                base: 10,
                prefixed: false,
            };
            (decimal, text)
        }
    }
}

/// The digits without underscores, if every underscore is between two digits.
fn without_underscores(digits: &str, prefixed: bool) -> Option<String> {
    let misplaced =
        digits.ends_with('_') || digits.contains("__") || (digits.starts_with('_') && !prefixed);
    (!misplaced).then(|| digits.replace('_', ""))
}
