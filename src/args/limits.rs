//! The server's limits: their flags, their values, and what is written in them.

use std::time::Duration;

use clap::{Arg, ArgMatches};

use super::definition::value;
use super::values::{self, BadValue};

/// What the server lets nobody exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that may wait in one direction of a connection.
    pub link_buffer: usize,
    /// Bytes that may wait in all connections together.
    pub total_buffer: usize,
    /// Connections of one proxy at a time.
    pub connections: usize,
    /// Proxies.
    pub proxies: usize,
    /// Toxics of one proxy.
    pub toxics: usize,
    /// Connections to the API at a time.
    pub api_connections: usize,
    /// How long connections may go on when the server is told to stop.
    pub drain: Duration,
}

/// What is meant by it, the flag, and what it is if nobody says.
const BUFFERS: [(&str, &str, &str); 2] = [
    (
        "link-buffer",
        "Most bytes that wait in one direction of a connection; past it nobody reads",
        "128MiB",
    ),
    (
        "total-buffer",
        "Most bytes that wait in all connections together, 64 KiB of each direction not counted",
        "1GiB",
    ),
];

const COUNTS: [(&str, &str, &str); 4] = [
    (
        "max-connections",
        "Most connections of one proxy at a time; more wait to be accepted",
        "100000",
    ),
    ("max-proxies", "Most proxies", "10000"),
    ("max-toxics", "Most toxics of one proxy", "1000"),
    (
        "max-api-connections",
        "Most connections to the API at a time; the one that has been idle for longest makes room \
         for another",
        "1024",
    ),
];

/// The flags.
pub(super) fn flags() -> Vec<Arg> {
    let buffers = BUFFERS.map(|(name, about, default)| {
        let flag = value(name, "SIZE", about).default_value(default);
        flag.value_parser(values::size)
    });
    let counts = COUNTS.map(|(name, about, default)| {
        let flag = value(name, "COUNT", about).default_value(default);
        flag.value_parser(count)
    });
    let drain = value(
        "drain",
        "TIME",
        "How long connections may go on when the server is told to stop, such as 5s or 1m30s",
    );
    let drain = drain.default_value("0s").value_parser(values::wait_limit);
    buffers.into_iter().chain(counts).chain([drain]).collect()
}

/// Their values.
pub(super) fn of(matches: &ArgMatches) -> Limits {
    // Each has a default that can be read, so that there always is a value.
    let number = |name: &str| {
        matches
            .get_one::<usize>(name)
            .copied()
            .unwrap_or(usize::MAX)
    };
    Limits {
        link_buffer: number("link-buffer"),
        total_buffer: number("total-buffer"),
        connections: number("max-connections"),
        proxies: number("max-proxies"),
        toxics: number("max-toxics"),
        api_connections: number("max-api-connections"),
        drain: matches.get_one("drain").copied().unwrap_or_default(),
    }
}

/// Reads a number of things, at least one.
fn count(text: &str) -> Result<usize, BadValue> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| BadValue::Count(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_as_told() {
        let definition = clap::Command::new("x").args(flags());
        let matches = definition.try_get_matches_from(["x"]).unwrap();
        assert_eq!(
            of(&matches),
            Limits {
                link_buffer: 128 << 20,
                total_buffer: 1 << 30,
                connections: 100_000,
                proxies: 10_000,
                toxics: 1000,
                api_connections: 1024,
                drain: Duration::ZERO,
            }
        );
    }

    #[test]
    fn a_limit_of_nothing_is_none() {
        for bad in ["0", "-1", "", "many", "1.5"] {
            assert_eq!(count(bad), Err(BadValue::Count(bad.into())), "{bad}");
        }
        assert_eq!(count("7"), Ok(7));
    }
}
