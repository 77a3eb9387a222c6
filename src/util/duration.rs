//! Durations as text: one grammar for the command line, the API and config files.
//!
//! The grammar is that of Go's `time.ParseDuration` without a sign: `1m30s`, `500ms`, `1.5s`.
//! It is not parsed by `humantime`, because `humantime` refuses fractions (`1.5s`), which Go's clients
//! and `Duration::text` write, and accepts units that Go does not have (`1month`).
//! Must not know where the text comes from: the callers add the flag or the key to errors.

use std::time::Duration;

use thiserror::Error;

use super::text::shorten;

/// Why a text is not a duration.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DurationError {
    /// A number alone: it could mean milliseconds, as in the API, or seconds.
    #[error("{0:?} has no unit: write {0}ms or {0}s")]
    NoUnit(String),
    /// It does not have the form of a duration.
    #[error("{0:?} is not a duration: write a number with its unit, such as 500ms, 30s or 1m30s")]
    Invalid(String),
    /// It is longer than [`MAX`].
    #[error("{0:?} is too long: the longest duration is 2562047h")]
    TooLong(String),
}

/// How much of a text an error repeats, in characters.
const SHOWN: usize = 40;

fn shown(text: &str) -> String {
    shorten(text, SHOWN).into_owned()
}

/// The longest duration, as in Go: about 292 years.
pub const MAX: Duration = Duration::from_nanos(i64::MAX as u64);

/// Units, in nanoseconds. `ms` is before `m`, so that it is matched first.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Parses a duration: a sequence of numbers, each with its unit (`h`, `m`, `s`, `ms`, `us`, `ns`). `0`
/// needs no unit.
///
/// # Errors
/// The text has another form, is negative, or is longer than [`MAX`].
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let invalid = || match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => DurationError::NoUnit(shown(text)),
        _ => DurationError::Invalid(shown(text)),
    };
    if text.is_empty() {
        return Err(invalid());
    }
    let mut rest = text;
    let mut nanos: u128 = 0;
    while !rest.is_empty() {
        let (part, after) = first_part(rest).ok_or_else(invalid)?;
        nanos = nanos.saturating_add(part);
        rest = after;
    }
    let nanos = u64::try_from(nanos).ok().map(Duration::from_nanos);
    let duration = nanos.filter(|duration| *duration <= MAX);
    duration.ok_or_else(|| DurationError::TooLong(shown(text)))
}

/// Parses a number without a unit as whole milliseconds, as the API does. `None` if it is not a whole
/// number, or is longer than [`MAX`].
pub fn parse_millis(number: &str) -> Option<Duration> {
    let duration = number.parse().ok().map(Duration::from_millis);
    duration.filter(|duration| *duration <= MAX)
}

/// The first number with its unit, in nanoseconds, and the text after it.
fn first_part(text: &str) -> Option<(u128, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, rest) = text.split_at_checked(end)?;
    let (name, unit) = UNITS.iter().find(|(name, _)| rest.starts_with(name))?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() == 0 {
        return None;
    }
    let whole: u128 = match whole {
        "" => 0,
        // Only digits are left, so parsing fails only for a number that is too long in any unit.
        digits => digits.parse().unwrap_or(u128::MAX),
    };
    let mut nanos = whole.saturating_mul(u128::from(*unit));
    let mut place = u128::from(*unit);
    for digit in fraction.chars() {
        place /= 10;
        nanos = nanos.saturating_add(u128::from(digit.to_digit(10)?) * place);
    }
    Some((nanos, rest.get(name.len()..)?))
}

/// The text of a duration, as Go writes it: `1m30s`, `1.5s`, `500ms`, `0s`.
pub fn text(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let seconds = duration.as_secs();
    match nanos {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => decimal(nanos, 1_000, "µs"),
        1_000_000..1_000_000_000 => decimal(nanos, 1_000_000, "ms"),
        _ => {
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            let rest = nanos - u128::from(hours * 3600 + minutes * 60) * 1_000_000_000;
            let seconds = decimal(rest, 1_000_000_000, "s");
            match (hours, minutes) {
                (0, 0) => seconds,
                (0, _) => format!("{minutes}m{seconds}"),
                _ => format!("{hours}h{minutes}m{seconds}"),
            }
        }
    }
}

fn decimal(nanos: u128, unit: u128, name: &str) -> String {
    let (whole, part) = (nanos / unit, nanos % unit);
    if part == 0 {
        return format!("{whole}{name}");
    }
    let width = unit.ilog10() as usize;
    let digits = format!("{part:0width$}");
    format!("{whole}.{}{name}", digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (written, ms) in [
            ("0", 0),
            ("0s", 0),
            ("30s", 30_000),
            ("1m30s", 90_000),
            ("1.5s", 1500),
            (".5s", 500),
            ("500ms", 500),
            ("2h", 7_200_000),
            ("1h0m1s", 3_601_000),
            ("1000us", 1),
            ("1000µs", 1),
        ] {
            assert_eq!(parse(written), Ok(Duration::from_millis(ms)), "{written}");
        }
        for written in [
            "",
            "s",
            "30",
            "-1s",
            "1 s",
            "1s ",
            "1d",
            "1.s.2",
            "..s",
            "1s2",
            "300y",
            "9999999h",
            "ss",
            "99999999999999999999s",
        ] {
            assert!(parse(written).is_err(), "{written:?}");
        }
    }

    #[test]
    fn a_number_without_a_unit_is_refused_with_both_readings() {
        for number in ["500", "30", "1.5"] {
            let error = parse(number).unwrap_err();
            assert_eq!(error, DurationError::NoUnit(number.into()));
            let hint = format!("write {number}ms or {number}s");
            assert!(error.to_string().ends_with(&hint), "{error}");
        }
        for text in ["-5", "nan", "inf", "5d", ""] {
            assert_eq!(parse(text), Err(DurationError::Invalid(text.into())));
        }
    }

    #[test]
    fn durations_beyond_the_longest_are_too_long() {
        assert_eq!(parse("2562047h"), Ok(Duration::from_secs(2_562_047 * 3600)));
        for text in [
            "2562048h",
            &format!("{}s", "9".repeat(39)),
            "9223372036854775808ns",
        ] {
            assert_eq!(parse(text), Err(DurationError::TooLong(text.into())));
        }
    }

    #[test]
    fn bare_numbers_of_the_api_are_milliseconds() {
        assert_eq!(parse_millis("1500"), Some(Duration::from_millis(1500)));
        assert_eq!(parse_millis("0"), Some(Duration::ZERO));
        for number in ["-1", "1.5", "1e3", "9223372036855", "99999999999999999999"] {
            assert_eq!(parse_millis(number), None, "{number}");
        }
    }

    #[test]
    fn written_durations_can_be_read_again() {
        for (nanos, written) in [
            (0, "0s"),
            (999, "999ns"),
            (1500, "1.5µs"),
            (500_000_000, "500ms"),
            (1_500_000_000, "1.5s"),
            (60_000_000_000, "1m0s"),
            (90_000_000_001, "1m30.000000001s"),
            (3_600_000_000_000, "1h0m0s"),
            (29_700_000_000, "29.7s"),
        ] {
            let duration = Duration::from_nanos(nanos);
            assert_eq!(text(duration), written);
            assert_eq!(parse(written), Ok(duration));
        }
    }
}
