//! Spans of time as text, in the form of Go's `time.Duration`: `1m30s`, `500ms`, `1.5s`.
//!
//! May know nothing else of the crate.

use std::time::Duration;

use thiserror::Error;

/// Why a text is no span of time.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0:?} is no span of time; write one such as 500ms, 30s, 1m30s or 2h")]
pub struct SpanError(String);

/// Units, longest names first so that `ms` is not taken for `m`; in nanoseconds.
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

/// Reads a span: numbers, each with its unit (`h`, `m`, `s`, `ms`, `us`, `ns`), one behind the other.
///
/// # Errors
/// It is not of that form, below zero, or longer than 292 years, which is as far as Go counts.
pub fn parse(text: &str) -> Result<Duration, SpanError> {
    let wrong = || SpanError(shorten(text));
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut rest = text;
    let mut nanos: u128 = 0;
    while !rest.is_empty() {
        let (part, after) = first_part(rest).ok_or_else(wrong)?;
        nanos += part;
        rest = after;
        if nanos > i64::MAX as u128 {
            return Err(wrong());
        }
    }
    let nanos = u64::try_from(nanos).map_err(|_| wrong())?;
    if text.is_empty() {
        return Err(wrong());
    }
    Ok(Duration::from_nanos(nanos))
}

/// A number with its unit in nanoseconds, and what is behind it.
fn first_part(text: &str) -> Option<(u128, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, rest) = text.split_at_checked(end)?;
    let (name, unit) = UNITS.iter().find(|(name, _)| rest.starts_with(name))?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() == 0 || whole.len() > 19 {
        return None;
    }
    let whole: u128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let mut nanos = whole * u128::from(*unit);
    let mut place = u128::from(*unit);
    for digit in fraction.chars() {
        place /= 10;
        nanos += u128::from(digit.to_digit(10)?) * place;
    }
    Some((nanos, rest.get(name.len()..)?))
}

/// The text of a span, as Go writes it: `1m30s`, `1.5s`, `500ms`, `0s`.
pub fn text(span: Duration) -> String {
    let nanos = span.as_nanos();
    let seconds = span.as_secs();
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

/// The same in whole milliseconds, for spans that pass as they are read.
pub fn format_millis(span: Duration) -> String {
    let ms = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    text(Duration::from_millis(ms))
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

fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_go_reads_them() {
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
    fn what_is_written_is_read_again() {
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
            let span = Duration::from_nanos(nanos);
            assert_eq!(text(span), written);
            assert_eq!(parse(written), Ok(span));
        }
        assert_eq!(format_millis(Duration::from_nanos(1_234_567_890)), "1.234s");
    }
}
