//! The origins by which an upstream and its clients know each other, and what a proxy between them
//! rewrites: the `Host` of requests and the `Location` of answers.
//!
//! A client knows the proxy's address and sends that as `Host`. A server that serves several hosts
//! needs its own name there, and a redirect to its own name would lead the client past the proxy.
//!
//! Must not know where requests and answers are read, nor which of them a rule changes.

use core::net::IpAddr;
use std::borrow::Cow;

/// The port of an `http` origin that names none (RFC 9110, section 4.2.1).
const HTTP_PORT: u16 = 80;

/// What is rewritten on the way to an upstream and back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The `Host` of every request, with its port if it needs one. `None` leaves the client's.
    pub host: Option<String>,
    /// Which locations of answers lead back to the proxy. `None` leaves all as they are.
    pub locations: Option<Locations>,
}

/// The origins of an upstream. A `Location` with one of them is rewritten to the proxy's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locations(Vec<Authority>);

impl Locations {
    /// Origins of the scheme `http` with these authorities, each a host with or without a port. One
    /// that cannot be read is left out, as no location can have it.
    pub fn of<'a>(authorities: impl IntoIterator<Item = &'a str>) -> Self {
        let authorities = authorities.into_iter().filter_map(Authority::parse);
        Locations(authorities.collect())
    }

    /// The new value of a `Location` field, or `None` if it stays as it is. `host` is the `Host` of the
    /// client's request: the authority by which the client knows the proxy. Without one, the location
    /// becomes relative (RFC 9110, section 10.2.2, permits that).
    ///
    /// A location stays if it is relative already, has another scheme, or leads to another origin.
    /// The path, query and fragment are kept as they are.
    pub fn rewritten(&self, location: &[u8], host: &str) -> Option<String> {
        let location = str::from_utf8(location).ok()?.trim_ascii();
        let (scheme, rest) = split_scheme(location)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end)?;
        // An origin has no user information, but an authority may (RFC 3986, section 3.2.1).
        let (user, own) = match authority.rsplit_once('@') {
            Some((user, own)) => (format!("{user}@"), own),
            None => (String::new(), authority),
        };
        let own = Authority::parse(own)?;
        if !self.0.contains(&own) {
            return None;
        }
        match Authority::parse(host) {
            Some(of_proxy) if of_proxy == own => None,
            Some(_) => Some(format!("{scheme}{user}{host}{rest}")),
            None if rest.starts_with('/') => Some(unambiguous(rest).into_owned()),
            None => Some(format!("/{rest}")),
        }
    }
}

/// A path that begins with two slashes would be read as an authority.
fn unambiguous(path: &str) -> Cow<'_, str> {
    match path.starts_with("//") {
        true => format!("/.{path}").into(),
        false => path.into(),
    }
}

/// Splits behind `http://`, in any case, or behind the `//` of a location that takes its scheme from
/// the request (RFC 3986, section 4.2).
fn split_scheme(location: &str) -> Option<(&str, &str)> {
    const HTTP: &str = "http://";
    let length = match location.get(..HTTP.len()) {
        Some(start) if start.eq_ignore_ascii_case(HTTP) => HTTP.len(),
        _ if location.starts_with("//") => 2,
        _ => return None,
    };
    location.split_at_checked(length)
}

/// A host and a port, in a form in which equal ones are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Authority {
    host: Host,
    port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Address(IpAddr),
    /// In lower case.
    Name(String),
}

impl Authority {
    /// `None` for what no `Host` field may have: an empty host, or characters of another part of a
    /// URL.
    fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => rest.split_once(']')?,
            None => {
                let end = text.find(':').unwrap_or(text.len());
                text.split_at_checked(end)?
            }
        };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => HTTP_PORT,
            None => return None,
            Some("") => HTTP_PORT,
            Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => port.parse().ok()?,
            Some(_) => return None,
        };
        let host = match host.parse() {
            Ok(address) => Host::Address(address),
            Err(_) if text.starts_with('[') => return None,
            Err(_) if host.is_empty() || !host.chars().all(is_of_name) => return None,
            Err(_) => Host::Name(host.to_ascii_lowercase()),
        };
        Some(Authority { host, port })
    }
}

fn is_of_name(character: char) -> bool {
    !character.is_ascii()
        || character.is_ascii_alphanumeric()
        || "-._~!$&'()*+,;=%".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_api() -> Locations {
        Locations::of(["API.internal:8080", "[2001:db8::7]"])
    }

    #[test]
    fn a_location_at_the_upstream_leads_back_to_the_proxy() {
        for (location, expected) in [
            ("http://api.internal:8080/a?b#c", "http://127.0.0.1:9/a?b#c"),
            ("HTTP://Api.Internal:8080", "HTTP://127.0.0.1:9"),
            ("http://api.internal:8080?q", "http://127.0.0.1:9?q"),
            ("//api.internal:8080/a", "//127.0.0.1:9/a"),
            ("http://me:x@api.internal:8080/", "http://me:x@127.0.0.1:9/"),
            ("http://[2001:DB8:0::7]:80/a", "http://127.0.0.1:9/a"),
            ("http://[2001:db8::7]:/a", "http://127.0.0.1:9/a"),
            (" http://[2001:db8::7]/a ", "http://127.0.0.1:9/a"),
        ] {
            let written = of_api().rewritten(location.as_bytes(), "127.0.0.1:9");
            assert_eq!(written.as_deref(), Some(expected), "{location}");
        }
    }

    #[test]
    fn a_location_elsewhere_or_relative_stays() {
        for location in [
            "",
            "/a",
            "a",
            "?q",
            "http:/api.internal:8080/a",
            "http://api.internal/a",
            "http://api.internal:80800/a",
            "http://api.internal:+8080/a",
            "https://api.internal:8080/a",
            "http://api.internal:8080.evil/a",
            "http://evil@other:8080/a",
            "http://api.internal:8080\\@evil/",
            "http://[2001:db8::7/a",
            "http://2001:db8::7/a",
            "ftp://api.internal:8080/",
            "https://",
            "//",
        ] {
            assert_eq!(
                of_api().rewritten(location.as_bytes(), "p:9"),
                None,
                "{location}"
            );
        }
        assert_eq!(
            of_api().rewritten(b"http://api.internal:8080/\xff", "p:9"),
            None
        );
        assert_eq!(Locations::default().rewritten(b"http://a/", "p:9"), None);
    }

    #[test]
    fn a_client_that_names_the_upstream_keeps_the_location() {
        let same = of_api().rewritten(b"http://api.internal:8080/a", "API.INTERNAL:8080");
        assert_eq!(same, None);
    }

    #[test]
    fn without_a_usable_host_the_location_becomes_relative() {
        for (location, expected) in [
            ("http://api.internal:8080/a?b", "/a?b"),
            ("http://api.internal:8080", "/"),
            ("http://api.internal:8080?b", "/?b"),
            ("http://api.internal:8080//other/a", "/.//other/a"),
        ] {
            for host in ["", "a b", "p/x", "p:x", "p@q", "[::1", "p\r\nSet-Cookie: x"] {
                let written = of_api().rewritten(location.as_bytes(), host);
                assert_eq!(written.as_deref(), Some(expected), "{location} {host}");
            }
        }
    }

    #[test]
    fn what_no_location_can_have_is_no_origin() {
        let none = Locations::of(["", ":80", "a:b", "[x]", "a/b", "a:70000"]);
        assert_eq!(none, Locations::default());
    }
}
