//! What the upstream of a proxy means as it is written: the address to dial, and what HTTP needs.
//!
//! An upstream is an address as Toxiproxy takes it, a built-in upstream, or a URL `http://HOST[:PORT]`.
//! A URL also says how the upstream is called in `Host`, and that its connections speak HTTP. This is
//! the only place that reads the URL. Pure: nothing is looked up.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use super::error::ControlError;
use super::limits;
use super::view::{HttpOptions, HttpSetting};
use crate::net::BuiltIn;
use crate::protocol::http::{Locations, Origin};

/// The port of a URL that names none (RFC 9110, section 4.2.1).
const PORT: u16 = 80;

const PATH: &str = "leave the path to the client: OPENAI_BASE_URL=http://127.0.0.1:8080/v1; give http://HOST[:PORT]";
const QUERY: &str = "an upstream has no query and no fragment: give http://HOST[:PORT]";
const USER: &str =
    "an upstream has no user name and no password, which the client sends: give http://HOST[:PORT]";
const TLS: &str = "TLS to the upstream is not there yet: give http://HOST[:PORT], or HOST:PORT for \
                   clients that speak TLS themselves";
const HOST: &str = "give http://HOST[:PORT], as in http://localhost:8080 or http://[::1]:8080";
const PORT_RANGE: &str = "give http://HOST:PORT with a port from 1 to 65535";
const NO_HTTP: &str = "the upstream is a URL, whose connections speak HTTP: leave http out, or give the upstream as HOST:PORT";
const HOST_OPTION: &str =
    "give a host with or without a port, as in api.internal or api.internal:8080";

/// An upstream as it is written in a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Upstream<'a> {
    /// The address to dial, in the syntax of Go's `net.Dial`, or a built-in upstream.
    pub(super) address: Cow<'a, str>,
    /// For a URL, the authority that clients of the upstream send as `Host`.
    pub(super) host: Option<String>,
}

impl<'a> Upstream<'a> {
    /// Reads an upstream. Errors: a URL that cannot be used, an address that is too long, or a misspelt
    /// built-in upstream. Any other text is accepted, as by Toxiproxy, whose dial fails.
    pub(super) fn read(written: &'a str) -> Result<Self, ControlError> {
        let read = match scheme(written) {
            Some(("http", rest)) => url(rest),
            Some(("https", _)) => Err(TLS),
            _ => Ok(Upstream::plain(written)),
        };
        let read = read.map_err(|remedy| match (remedy, written.rsplit_once('@')) {
            // No error repeats a password.
            (USER, Some((_, behind))) => bad("upstream", &format!("http://…@{behind}"), remedy),
            _ => bad("upstream", written, remedy),
        })?;
        limits::admit_address("upstream", &read.address)?;
        match BuiltIn::meant_by(&read.address) {
            None => Ok(read),
            Some(meant) => Err(ControlError::NoBuiltIn {
                upstream: written.to_owned(),
                meant,
            }),
        }
    }

    fn plain(written: &'a str) -> Self {
        Upstream {
            address: written.into(),
            host: None,
        }
    }

    /// The same for an upstream that was admitted before.
    pub(super) fn of_admitted(written: &'a str) -> Self {
        Upstream::read(written).unwrap_or_else(|_| Upstream::plain(written))
    }

    /// Whether its connections speak HTTP, whatever their first bytes are.
    pub(super) fn speaks_http(&self, http: Option<&HttpOptions>) -> bool {
        http.is_some() || self.host.is_some()
    }

    /// What is rewritten in requests and answers. A URL asks for both unless `http` says otherwise.
    pub(super) fn origin(&self, http: Option<&HttpOptions>) -> Option<Origin> {
        let given = http.and_then(|http| http.host.as_deref());
        let host = given.or(self.host.as_deref());
        let follows = http.and_then(|http| http.locations);
        let locations = follows.unwrap_or(self.host.is_some()).then(|| {
            // A server knows itself by the name in `Host`, or by the address that it is reached at.
            let own = [given, self.host.as_deref(), Some(&*self.address)];
            Locations::of(own.into_iter().flatten())
        });
        let origin = Origin {
            host: host.map(str::to_owned),
            locations,
        };
        (origin != Origin::default()).then_some(origin)
    }
}

/// Errors: the option contradicts the upstream, or its host cannot be one.
pub(super) fn admit_http(
    upstream: &Upstream<'_>,
    http: Option<&HttpSetting>,
) -> Result<(), ControlError> {
    match http {
        Some(HttpSetting::Off) if upstream.host.is_some() => Err(ControlError::BadValue {
            field: "http",
            value: "false".to_owned(),
            remedy: NO_HTTP,
        }),
        Some(HttpSetting::On(HttpOptions {
            host: Some(host), ..
        })) => {
            let read = authority(host);
            let read = read.map_err(|_| bad("http.host", host, HOST_OPTION))?;
            limits::admit_address("http.host", &read.address)
        }
        _ => Ok(()),
    }
}

fn bad(field: &'static str, value: &str, remedy: &'static str) -> ControlError {
    const SHOWN: usize = 100;
    ControlError::BadValue {
        field,
        value: format!("{:?}", crate::util::text::shorten(value, SHOWN)),
        remedy,
    }
}

/// The scheme in lower case and what follows its `://`, if it is one that this module knows.
fn scheme(written: &str) -> Option<(&'static str, &str)> {
    let (scheme, rest) = written.split_once("://")?;
    let known = ["http", "https"].into_iter();
    let scheme = known
        .into_iter()
        .find(|known| scheme.eq_ignore_ascii_case(known))?;
    Some((scheme, rest))
}

/// What follows `http://`. A path of `/` is none (RFC 3986, section 6.2.3).
fn url<'a>(rest: &str) -> Result<Upstream<'a>, &'static str> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority_text, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    match path {
        "" | "/" => {}
        _ if path.starts_with('/') => return Err(PATH),
        _ => return Err(QUERY),
    }
    match authority_text.contains('@') {
        true => Err(USER),
        false => authority(authority_text),
    }
}

/// Reads `HOST[:PORT]`. The zone of an IPv6 address is for the dial alone (RFC 6874, section 1).
fn authority<'a>(text: &str) -> Result<Upstream<'a>, &'static str> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or(HOST)?,
        // An IPv6 address without brackets, whose port nobody can tell.
        None if text.matches(':').count() > 1 => return Err(HOST),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => None,
        None => return Err(HOST),
        Some("") => None,
        Some(digits) => Some(read_port(digits).ok_or(PORT_RANGE)?),
    };
    let (dialled, named) = match text.starts_with('[') {
        true => {
            let (address, zone) = host.split_once('%').unwrap_or((host, ""));
            address.parse::<Ipv6Addr>().map_err(|_| HOST)?;
            let zone = zone
                .strip_prefix("25")
                .filter(|rest| !rest.is_empty())
                .unwrap_or(zone);
            let percent = if zone.is_empty() { "" } else { "%" };
            (
                format!("[{address}{percent}{zone}]"),
                format!("[{address}]"),
            )
        }
        false if host.is_empty() || !host.chars().all(is_of_name) => return Err(HOST),
        false => (host.to_owned(), host.to_owned()),
    };
    let suffix = port.map(|port| format!(":{port}")).unwrap_or_default();
    Ok(Upstream {
        address: format!("{dialled}:{}", port.unwrap_or(PORT)).into(),
        host: Some(named + &suffix),
    })
}

fn read_port(digits: &str) -> Option<u16> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let port = is_plain.then(|| digits.parse().ok()).flatten();
    port.filter(|port| *port > 0)
}

/// Letters, digits and what host names of networks have in practice. Names in other scripts are not
/// converted, so they are written in their ASCII form.
fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~".contains(character)
}

#[cfg(test)]
mod tests;
