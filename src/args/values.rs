//! Parsers for single values on aconite's own command line: durations, sizes, shares, addresses.
//! Each has one parser and one error that says what to write.

use std::net::IpAddr;
use std::time::Duration;

use clap_complete::Shell;
use ipnet::IpNet;
use thiserror::Error;

use super::client::{BodySource, Stream};
use crate::util::duration::{self, DurationError};

/// A value that cannot be parsed: the value, and what is accepted.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum BadValue {
    #[error("{0:?} is no proxy and profile: write PROXY=NAME, as in db=3g")]
    Profile(String),
    #[error("{0:?} is not an attribute: write NAME=VALUE, as in latency=100")]
    Attribute(String),
    #[error(
        "an address is needed: write HOST:PORT, as in localhost:6379, or localhost:0 for any free port"
    )]
    Address,
    #[error(
        "{0:?} is not a proxy: write NAME=LISTEN,UPSTREAM, as in db=localhost:5433,localhost:5432, or NAME=UPSTREAM for any free port"
    )]
    Proxy(String),
    #[error("{0:?} is not a toxicity: write a number from 0 to 1, as in 0.5")]
    Toxicity(String),
    #[error(transparent)]
    Duration(#[from] DurationError),
    #[error("{0:?} is too long: write 24h or less, such as 30s")]
    LongWait(String),
    #[error("{0:?} is not a seed: write a whole number from 0 to 18446744073709551615")]
    Seed(String),
    #[error("{0:?} is not a connection: write its number, from 1 on")]
    Connection(String),
    #[error(
        "{0:?} names no proxy and toxic: write PROXY:TYPE[@STREAM][:NAME=VALUE,...], as in db:latency:latency=100; a colon in PROXY is written \\:"
    )]
    Target(String),
    #[error(
        "{0:?} is not a size: write a number of bytes, or one with KiB, MiB or GiB, as in 64MiB"
    )]
    Size(String),
    #[error("{0:?} is not a count: write a whole number of 1 or more")]
    Count(String),
    #[error("{0:?} is not a shell: write bash, elvish, fish, powershell or zsh")]
    Shell(String),
    #[error("{0:?} is not a network: write an address or a network, as in 10.0.0.0/8 or ::1")]
    Network(String),
    #[error(
        "{0:?} is no header and pattern: write 'NAME: PATTERN', NAME for a header that must be there, or !NAME for one that must not"
    )]
    HeaderTest(String),
    #[error("{0:?} is no header: write 'NAME: VALUE', or !NAME for one to remove")]
    Header(String),
    #[error(
        "{0:?} is no number of a request: write a whole number from 1, as in 3 for every third"
    )]
    Nth(String),
    #[error("{0:?} is nothing that the toxicity is drawn for: write request or connection")]
    Per(String),
    #[error("{0:?} is no place in an answer: write bytes:N or events:N, as in events:5")]
    After(String),
    #[error("{0:?} is nothing that answers are split into: write events")]
    Split(String),
    #[error("{flag} is a flag: within a toxic write {setting}=VALUE")]
    Flag {
        flag: &'static str,
        setting: &'static str,
    },
    #[error("{0:?} is not a stream: write upstream, downstream or both")]
    Stream(String),
    #[error(
        "{0:?} has no type of toxic where one is expected: write TYPE[@STREAM][:NAME=VALUE,...], as in latency:latency=100, with the proxy before it for aconite run, as in redis:latency:latency=100"
    )]
    Toxic(String),
}

/// Parses `NAME=VALUE`; the value may be empty.
pub(super) fn attribute(text: &str) -> Result<(String, String), BadValue> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(BadValue::Attribute(text.to_owned())),
    }
}

/// Checks an address or a network, which the server parses. An empty text stands for no network.
pub(super) fn network(text: &str) -> Result<String, BadValue> {
    let text = text.trim();
    let is_network = text.parse::<IpNet>().is_ok() || text.parse::<IpAddr>().is_ok();
    match is_network || text.is_empty() {
        true => Ok(text.to_owned()),
        false => Err(BadValue::Network(text.to_owned())),
    }
}

/// Accepts an address unchanged, because the server parses it. Only an empty one is refused, because the
/// server would take it for any port on all addresses.
pub(super) fn address(text: &str) -> Result<String, BadValue> {
    match text.trim() {
        "" => Err(BadValue::Address),
        _ => Ok(text.to_owned()),
    }
}

/// Parses a body: a text, or `@FILE`. Any text is a body.
pub(super) fn body(text: &str) -> BodySource {
    match text.strip_prefix('@') {
        Some(file) if !file.is_empty() => BodySource::File(file.into()),
        _ => BodySource::Text(text.to_owned()),
    }
}

/// Parses a share of connections, from 0 to 1.
pub(super) fn toxicity(text: &str) -> Result<f64, BadValue> {
    let share = text
        .parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| BadValue::Toxicity(text.to_owned()))
}

/// Parses a duration, such as `500ms`, `30s` or `1m30s`. A number without a unit is refused, because in
/// the API it would mean milliseconds.
pub(super) fn duration(text: &str) -> Result<Duration, BadValue> {
    Ok(duration::parse(text)?)
}

/// Parses a timeout of this process. It is at most a day, so that a mistyped unit does not look like a
/// hanging process.
pub(super) fn wait_limit(text: &str) -> Result<Duration, BadValue> {
    const A_DAY: Duration = Duration::from_secs(24 * 3600);
    let limit = duration(text)?;
    (limit <= A_DAY)
        .then_some(limit)
        .ok_or_else(|| BadValue::LongWait(text.to_owned()))
}

/// Parses the seed of a toxic.
pub(super) fn seed(text: &str) -> Result<u64, BadValue> {
    text.parse().map_err(|_| BadValue::Seed(text.to_owned()))
}

/// Parses the number of a connection.
pub(super) fn connection(text: &str) -> Result<u64, BadValue> {
    let ordinal = text.parse().ok().filter(|ordinal| *ordinal >= 1);
    ordinal.ok_or_else(|| BadValue::Connection(text.to_owned()))
}

/// Parses a number of bytes, such as `65536`, `64KiB`, `1.5MiB` or `1GiB`; at least one.
pub(super) fn size(text: &str) -> Result<usize, BadValue> {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("", 0)];
    let bytes = units.iter().find_map(|(unit, shift)| {
        let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
        Some(number * f64::from(1_u32 << shift))
    });
    // A float in this range is a whole number that fits into a usize.
    let most = (usize::MAX / 2) as f64;
    let bytes = bytes.filter(|bytes| (1.0..=most).contains(bytes));
    bytes
        .map(|bytes| bytes as usize)
        .ok_or_else(|| BadValue::Size(text.to_owned()))
}

/// Parses a count of at least one.
pub(super) fn count(text: &str) -> Result<usize, BadValue> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| BadValue::Count(text.to_owned()))
}

/// Parses the name of a shell that has a completion script.
pub(super) fn shell(text: &str) -> Result<Shell, BadValue> {
    text.parse().map_err(|_| BadValue::Shell(text.to_owned()))
}

/// Parses a stream's name, ignoring case as the API does.
pub(super) fn stream(text: &str) -> Result<Stream, BadValue> {
    match text.to_ascii_lowercase().as_str() {
        "upstream" => Ok(Stream::Upstream),
        "downstream" => Ok(Stream::Downstream),
        "both" => Ok(Stream::Both),
        _ => Err(BadValue::Stream(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_durations_of_at_most_a_day() {
        for (text, millis) in [
            ("30s", 30_000),
            ("1m30s", 90_000),
            ("1.5m", 90_000),
            ("24h", 86_400_000),
            ("0", 0),
        ] {
            assert_eq!(
                wait_limit(text),
                Ok(Duration::from_millis(millis)),
                "{text}"
            );
        }
        for bad in ["24h1ns", "25h"] {
            assert_eq!(wait_limit(bad), Err(BadValue::LongWait(bad.into())));
        }
        for bad in ["", "s", "-1s", "1 d", "soon", "nan", "2", "500"] {
            let refused = matches!(wait_limit(bad), Err(BadValue::Duration(_)));
            assert!(refused, "{bad}");
        }
        let told = duration("500").unwrap_err().to_string();
        assert_eq!(told, "\"500\" has no unit: write 500ms or 500s");
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("1", 1),
            ("64KiB", 65_536),
            ("1.5MiB", 1_572_864),
            ("2GiB", 2 << 30),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for bad in ["", "0", "-1", "KiB", "1KB", "nan", "inf", "1e30", "lots"] {
            assert_eq!(size(bad), Err(BadValue::Size(bad.into())), "{bad}");
        }
    }

    #[test]
    fn counts_are_whole_numbers_from_1() {
        for bad in ["0", "-1", "", "many", "1.5"] {
            assert_eq!(count(bad), Err(BadValue::Count(bad.into())), "{bad}");
        }
        assert_eq!(count("7"), Ok(7));
    }

    #[test]
    fn shares_and_attributes() {
        assert_eq!(toxicity("0"), Ok(0.0));
        assert_eq!(toxicity("1e-1"), Ok(0.1));
        for bad in ["", "1.1", "-0.1", "nan", "abc"] {
            assert!(toxicity(bad).is_err(), "{bad}");
        }
        assert_eq!(attribute("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(attribute("a="), Ok(("a".into(), String::new())));
        assert!(attribute("=1").is_err());
    }
}
