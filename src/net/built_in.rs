//! Upstreams that this program plays itself, and where a connection's upstream was reached.
//!
//! A built-in upstream is written as a name and a colon: an address with an empty port, which
//! nobody can connect to. So no working configuration of Toxiproxy means something else by it. Must
//! not know how one behaves on a connection: `transport::built_in` does.

use std::fmt;
use std::net::SocketAddr;

use crate::util::suggest::nearest;

/// An upstream that needs no server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltIn {
    /// Sends back what it receives.
    Echo,
    /// Receives everything and sends nothing.
    Discard,
    /// Accepts the connection, and then neither reads nor sends.
    Silent,
}

impl BuiltIn {
    /// All of them.
    pub const ALL: [BuiltIn; 3] = [BuiltIn::Echo, BuiltIn::Discard, BuiltIn::Silent];

    /// The name, as it is written before the colon.
    pub fn name(self) -> &'static str {
        match self {
            BuiltIn::Echo => "echo",
            BuiltIn::Discard => "discard",
            BuiltIn::Silent => "silent",
        }
    }

    /// The built-in upstream of this address, if it names one.
    pub fn parse(upstream: &str) -> Option<Self> {
        let name = upstream.strip_suffix(':')?;
        BuiltIn::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The one that was probably meant by an address with an empty port that names none.
    pub fn meant_by(upstream: &str) -> Option<Self> {
        let name = upstream.strip_suffix(':')?;
        match BuiltIn::parse(upstream) {
            Some(_) => None,
            None => BuiltIn::named_like(name),
        }
    }

    /// The one with this name, or the most similar one.
    pub fn named_like(name: &str) -> Option<Self> {
        /// Longer names are not compared.
        const LONGEST: usize = 16;
        if name.len() > LONGEST {
            return None;
        }
        let near = nearest(name, BuiltIn::ALL.map(BuiltIn::name))?;
        BuiltIn::ALL.into_iter().find(|one| one.name() == near)
    }
}

impl fmt::Display for BuiltIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.name())
    }
}

/// Where the upstream of a connection was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamAddress {
    /// At this address.
    Socket(SocketAddr),
    /// In this program.
    BuiltIn(BuiltIn),
}

impl fmt::Display for UpstreamAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UpstreamAddress::Socket(address) => address.fmt(f),
            UpstreamAddress::BuiltIn(built_in) => built_in.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_name_with_a_colon_is_built_in() {
        for one in BuiltIn::ALL {
            assert_eq!(BuiltIn::parse(&one.to_string()), Some(one));
            assert_eq!(BuiltIn::meant_by(&one.to_string()), None);
        }
        for other in ["echo", "echo:7", "Echo:", ":", "", "echo::", " echo:"] {
            assert_eq!(BuiltIn::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_misspelt_name_has_a_suggestion_and_a_host_has_none() {
        for (written, meant) in [
            ("ecko:", Some(BuiltIn::Echo)),
            ("Echo:", Some(BuiltIn::Echo)),
            ("discrad:", Some(BuiltIn::Discard)),
            ("silence:", Some(BuiltIn::Silent)),
            ("redis:", None),
            ("ecko:80", None),
            ("ecko", None),
            (":", None),
        ] {
            assert_eq!(BuiltIn::meant_by(written), meant, "{written}");
        }
        for (name, meant) in [
            ("echo", Some(BuiltIn::Echo)),
            ("ecko", Some(BuiltIn::Echo)),
            ("db", None),
        ] {
            assert_eq!(BuiltIn::named_like(name), meant, "{name}");
        }
    }
}
