//! Short forms of values: attributes, durations, shares, and a whole toxic in one word.

use std::time::Duration;

use clap_complete::Shell;
use thiserror::Error;

use super::client::{NewToxic, RunProxy, Stream, ToxicOptions};
use super::extras;
use crate::util::duration::{self, DurationError};

/// A value that cannot be read: what it is and what would do.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum BadValue {
    #[error("{0:?} is no attribute: write NAME=VALUE, as in latency=100")]
    Attribute(String),
    #[error(
        "an address is needed: write HOST:PORT, as in localhost:6379, or localhost:0 for any free port"
    )]
    Address,
    #[error(
        "{0:?} is no proxy: write NAME=LISTEN,UPSTREAM, as in db=localhost:5433,localhost:5432, or NAME=UPSTREAM for any free port"
    )]
    Proxy(String),
    #[error("{0:?} is no toxicity: write a number from 0 to 1, as in 0.5")]
    Toxicity(String),
    #[error(transparent)]
    Duration(#[from] DurationError),
    #[error("{0:?} is too long: write 24h or less, such as 30s")]
    LongWait(String),
    #[error("{0:?} is no seed: write a whole number from 0 to 18446744073709551615")]
    Seed(String),
    #[error("{0:?} is no connection: they are counted from 1")]
    Connection(String),
    #[error(
        "{0:?} names no proxy and toxic: write PROXY:KIND[@STREAM][:NAME=VALUE,...], as in db:latency:latency=100; a colon in PROXY is written \\:"
    )]
    Aim(String),
    #[error("{0:?} is no size: write a number of bytes, or one with KiB, MiB or GiB, as in 64MiB")]
    Size(String),
    #[error("{0:?} is no count: write a whole number from 1 on")]
    Count(String),
    #[error("{0:?} is no shell: bash, elvish, fish, powershell and zsh are")]
    Shell(String),
    #[error("{0:?} is no stream: write upstream or downstream")]
    Stream(String),
    #[error(
        "{0:?} names no kind of toxic: write KIND[@STREAM][:NAME=VALUE,...], as in latency:latency=100"
    )]
    Toxic(String),
}

/// Reads `NAME=VALUE`; the value may be empty.
pub(super) fn attribute(text: &str) -> Result<(String, String), BadValue> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(BadValue::Attribute(text.to_owned())),
    }
}

/// Takes an address as it is, which the server reads; only an empty one is refused, since the server
/// would take it for any port on all addresses.
pub(super) fn address(text: &str) -> Result<String, BadValue> {
    match text.trim() {
        "" => Err(BadValue::Address),
        _ => Ok(text.to_owned()),
    }
}

/// Reads `NAME=LISTEN,UPSTREAM` or `NAME=UPSTREAM`. No address has an equals sign or a comma.
pub(super) fn proxy(text: &str) -> Result<RunProxy, BadValue> {
    let wrong = || BadValue::Proxy(text.to_owned());
    let (name, places) = text.rsplit_once('=').ok_or_else(wrong)?;
    let (listen, upstream) = places.split_once(',').unwrap_or(("127.0.0.1:0", places));
    let parts = [name, listen, upstream].map(str::trim);
    if parts.iter().any(|part| part.is_empty()) || upstream.contains(',') {
        return Err(wrong());
    }
    let [name, listen, upstream] = parts.map(str::to_owned);
    Ok(RunProxy {
        name,
        listen,
        upstream,
    })
}

/// Reads a share of connections, from 0 to 1.
pub(super) fn toxicity(text: &str) -> Result<f64, BadValue> {
    let share = text
        .parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| BadValue::Toxicity(text.to_owned()))
}

/// Reads a duration, such as `500ms`, `30s` or `1m30s`. A number without a unit is refused: it
/// would be milliseconds in the API.
pub(super) fn duration(text: &str) -> Result<Duration, BadValue> {
    Ok(duration::parse(text)?)
}

/// Reads how long this process is to wait for something: at most a day, so that a mistyped unit
/// does not look like a process that hangs.
pub(super) fn wait_limit(text: &str) -> Result<Duration, BadValue> {
    const A_DAY: Duration = Duration::from_secs(24 * 3600);
    let limit = duration(text)?;
    (limit <= A_DAY)
        .then_some(limit)
        .ok_or_else(|| BadValue::LongWait(text.to_owned()))
}

/// Reads the seed of a toxic.
pub(super) fn seed(text: &str) -> Result<u64, BadValue> {
    text.parse().map_err(|_| BadValue::Seed(text.to_owned()))
}

/// Reads the ordinal of a connection.
pub(super) fn connection(text: &str) -> Result<u64, BadValue> {
    let ordinal = text.parse().ok().filter(|ordinal| *ordinal >= 1);
    ordinal.ok_or_else(|| BadValue::Connection(text.to_owned()))
}

/// Reads a number of bytes, such as `65536`, `64KiB`, `1.5MiB` or `1GiB`; at least one.
pub(super) fn size(text: &str) -> Result<usize, BadValue> {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("", 0)];
    let bytes = units.iter().find_map(|(unit, shift)| {
        let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
        Some(number * f64::from(1_u32 << shift))
    });
    // A float of this size is a whole number that a usize holds.
    let most = (usize::MAX / 2) as f64;
    let bytes = bytes.filter(|bytes| (1.0..=most).contains(bytes));
    bytes
        .map(|bytes| bytes as usize)
        .ok_or_else(|| BadValue::Size(text.to_owned()))
}

/// Reads the name of a shell that completions can be made for.
pub(super) fn shell(text: &str) -> Result<Shell, BadValue> {
    text.parse().map_err(|_| BadValue::Shell(text.to_owned()))
}

/// Reads a stream's name, in any case as the API does.
pub(super) fn stream(text: &str) -> Result<Stream, BadValue> {
    match text.to_ascii_lowercase().as_str() {
        "upstream" => Ok(Stream::Upstream),
        "downstream" => Ok(Stream::Downstream),
        _ => Err(BadValue::Stream(text.to_owned())),
    }
}

/// Reads a toxic in one word: `KIND[@STREAM][:NAME=VALUE,...]`. Among the names, `name`, `stream`
/// and `toxicity` are the toxic's own, as are those of `extras`; the others are attributes.
pub(super) fn toxic(text: &str) -> Result<NewToxic, BadValue> {
    let (head, settings) = text.split_once(':').unwrap_or((text, ""));
    let (kind, side) = match head.split_once('@') {
        Some((kind, side)) => (kind, stream(side)?),
        None => (head, Stream::Downstream),
    };
    if kind.is_empty() || kind.contains(['=', ',']) {
        return Err(BadValue::Toxic(text.to_owned()));
    }
    let mut toxic = NewToxic {
        name: None,
        kind: kind.to_owned(),
        stream: side,
        toxicity: 1.0,
        attributes: Vec::new(),
        extras: ToxicOptions::default(),
    };
    for setting in settings.split(',').filter(|setting| !setting.is_empty()) {
        let (name, value) = attribute(setting)?;
        match name.as_str() {
            "name" => toxic.name = Some(value),
            "stream" => toxic.stream = stream(&value)?,
            "toxicity" => toxic.toxicity = toxicity(&value)?,
            _ if extras::set(&mut toxic.extras, &name, &value)? => {}
            _ => toxic.attributes.push((name, value)),
        }
    }
    Ok(toxic)
}

/// Reads a proxy and a toxic for it: `PROXY:KIND[@STREAM][:NAME=VALUE,...]`. The first colon ends
/// the proxy's name, unless a backslash stands before it.
pub(super) fn parse_target(text: &str) -> Result<(String, NewToxic), BadValue> {
    let wrong = || BadValue::Aim(text.to_owned());
    let mut colons = text.match_indices(':').map(|(at, _)| at);
    let ends = |at: &usize| text.get(..*at).is_some_and(|name| !name.ends_with('\\'));
    let (name, word) = colons
        .find(ends)
        .map(|at| text.split_at(at))
        .ok_or_else(wrong)?;
    let word = word.strip_prefix(':').unwrap_or(word);
    if name.is_empty() || word.is_empty() {
        return Err(wrong());
    }
    Ok((name.replace("\\:", ":"), toxic(word)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toxic_in_one_word() {
        let plain = NewToxic {
            name: None,
            kind: "noop".into(),
            stream: Stream::Downstream,
            toxicity: 1.0,
            attributes: vec![],
            extras: ToxicOptions::default(),
        };
        assert_eq!(toxic("noop"), Ok(plain.clone()));
        assert_eq!(toxic("noop:"), Ok(plain.clone()));
        let all = toxic("slicer@upstream:delay=5,name=cut,toxicity=0.25,average_size=9").unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = NewToxic {
            name: Some("cut".into()),
            kind: "slicer".into(),
            stream: Stream::Upstream,
            toxicity: 0.25,
            attributes: vec![pair("delay", "5"), pair("average_size", "9")],
            extras: ToxicOptions::default(),
        };
        assert_eq!(all, expected);
        assert_eq!(
            toxic("noop:stream=UpStream").unwrap().stream,
            Stream::Upstream
        );
    }

    #[test]
    fn a_proxy_in_one_word() {
        for (word, name, listen, upstream) in [
            ("db=[::1]:0,[::1]:5432", "db", "[::1]:0", "[::1]:5432"),
            ("db=localhost:5432", "db", "127.0.0.1:0", "localhost:5432"),
            ("a=b=:1,:2", "a=b", ":1", ":2"),
        ] {
            let read = proxy(word).unwrap();
            let seen = (
                read.name.as_str(),
                read.listen.as_str(),
                read.upstream.as_str(),
            );
            assert_eq!(seen, (name, listen, upstream));
        }
        for bad in ["", "db", "db=", "=:1,:2", "db=,:2", "db=:1,", "db=:1,:2,:3"] {
            assert_eq!(proxy(bad), Err(BadValue::Proxy(bad.into())), "{bad}");
        }
    }

    #[test]
    fn a_proxy_and_a_toxic_in_one_word() {
        for (word, proxy) in [
            ("pg:noop", "pg"),
            (r"a\:b\:c:noop", "a:b:c"),
            (r"a\b:noop", r"a\b"),
        ] {
            assert_eq!(
                parse_target(word),
                Ok((proxy.into(), toxic("noop").unwrap())),
                "{word}"
            );
        }
        let (_, long) = parse_target("pg:latency@upstream:latency=5,match_client=::1").unwrap();
        assert_eq!(
            Ok(long),
            toxic("latency@upstream:latency=5,match_client=::1")
        );
        for bad in ["", "pg", "pg:", ":noop", r"pg\:noop"] {
            assert_eq!(parse_target(bad), Err(BadValue::Aim(bad.into())), "{bad}");
        }
        assert!(matches!(
            parse_target("pg:latency=5"),
            Err(BadValue::Toxic(_))
        ));
    }

    #[test]
    fn words_that_are_no_toxic() {
        for bad in ["", ":latency=1", "latency=100", "@upstream", "a,b"] {
            assert_eq!(toxic(bad), Err(BadValue::Toxic(bad.into())), "{bad}");
        }
        assert_eq!(toxic("noop@up"), Err(BadValue::Stream("up".into())));
        assert_eq!(toxic("noop:x"), Err(BadValue::Attribute("x".into())));
        assert_eq!(
            toxic("noop:toxicity=2"),
            Err(BadValue::Toxicity("2".into()))
        );
    }

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
