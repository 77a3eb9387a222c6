//! Where the API is: from what a person, a script or a variable says to a URL.
//!
//! As `toxiproxy-cli` an address is read as Toxiproxy's client reads it, with the objections of Go's
//! `net/url` and `net/http`. A wrong address is an error in every dialect and never the default: a
//! `delete` for a server that was not named must not meet the one on this machine. Must not know:
//! what is asked of the API.

use super::failure::{Failure, Why};
use super::go_url::{self, Authority};
use crate::args::client::Dialect;

/// Where the API is if nobody says otherwise.
pub(super) const DEFAULT: &str = "http://localhost:8474";
const USUAL_PORT: u16 = 8474;
const PLAIN: &str = "http://";
const SECURE: &str = "https://";

/// An address that requests go to, right or wrong: what is wrong with it is told of each request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// As it is shown, without a slash at the end.
    base: String,
    /// `None`: nothing was said at all, which only `aconite` tells apart from an empty host.
    fault: Option<&'static str>,
}

impl Target {
    /// Reads an address: a URL or `HOST:PORT`. `None` is the default, and an empty one is wrong.
    pub(super) fn new(given: Option<&str>, manner: Dialect) -> Self {
        let (base, fault) = match (given, manner) {
            (None, _) => (DEFAULT.to_owned(), None),
            (Some(given), Dialect::Toxiproxy) => (as_go(given), None),
            (Some(given), Dialect::Aconite) => ours(given.trim()),
        };
        Target { base, fault }
    }

    /// The address as it is shown.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// The URL of a path, and what of it is sent where. Errors: the address, or the path, is none.
    pub(super) fn url(&self, verb: &'static str, path: &str) -> Result<Request, Failure> {
        if let Some(fault) = self.fault {
            return Err(Failure::BadUrl {
                url: go_url::quote(&self.base),
                reason: fault.to_owned(),
            });
        }
        let url = format!("{}{path}", self.base);
        let bad = |reason: String| Failure::BadUrl {
            url: go_url::quote(&url),
            reason,
        };
        let authority = go_url::authority(&url).map_err(bad)?;
        let shown = go_url::shown(&url, &authority);
        let refuse = |reason: &str, plain: &str| Failure::NoAnswer {
            verb,
            url: shown.clone(),
            reason: reason.to_owned(),
            plain: plain.to_owned(),
            why: Why::Address,
        };
        if authority.is_empty() {
            let reason = "http: no Host in request URL";
            return Err(refuse(reason, "no host is named"));
        }
        let port = authority.port().map_err(|port| {
            let reason = format!("dial tcp: address {port}: invalid port");
            refuse(&reason, &format!("port {port} is above 65535"))
        })?;
        if url.starts_with(SECURE) {
            let told = "https is not supported here, only http";
            return Err(refuse(told, told));
        }
        let host = match authority.host.as_str() {
            "" => "localhost",
            host => host,
        };
        let rest = url
            .get(PLAIN.len() + authority.length..)
            .unwrap_or_default();
        Ok(Request {
            verb,
            url: format!("{PLAIN}{}{host}:{port}{rest}", authority.user),
            host: host.to_owned(),
            is_host_named: !authority.host.is_empty(),
            port,
            is_port_named: !authority.port.is_empty(),
            shown,
        })
    }
}

/// What is sent where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) verb: &'static str,
    /// What is sent to; its authority has a host and a port.
    pub(super) url: String,
    pub(super) host: String,
    /// `:8474` names none; it is this machine then.
    pub(super) is_host_named: bool,
    pub(super) port: u16,
    pub(super) is_port_named: bool,
    /// What is told of it.
    pub(super) shown: String,
}

/// Toxiproxy's client puts `http://` before what has no scheme, and looks no further.
fn as_go(given: &str) -> String {
    match given.split_at_checked(scheme(given).len()) {
        Some((scheme, rest)) if !scheme.is_empty() => {
            format!("{scheme}{}", rest.trim_end_matches('/'))
        }
        _ => format!("{PLAIN}{}", given.trim_end_matches('/')),
    }
}

fn scheme(given: &str) -> &'static str {
    let schemes = [PLAIN, SECURE].into_iter();
    let found = schemes.clone().find(|scheme| given.starts_with(scheme));
    found.unwrap_or_default()
}

/// The same for `aconite`: without a scheme the port is the API's, as anybody means it.
fn ours(given: &str) -> (String, Option<&'static str>) {
    if given.is_empty() {
        return (String::new(), Some("it is empty"));
    }
    let Some((scheme, rest)) = given.split_once("://") else {
        let base = as_go(given);
        let authority = go_url::authority(&base);
        // A path may follow the authority.
        let base = match authority {
            Ok(authority) if authority.port.is_empty() && !authority.is_empty() => {
                let (host, path) = base.split_at(PLAIN.len() + authority.length);
                format!("{}:{USUAL_PORT}{path}", host.trim_end_matches(':'))
            }
            _ => base,
        };
        return (base, about_query(given));
    };
    let rest = rest.trim_end_matches('/');
    let scheme = scheme.to_ascii_lowercase();
    let fault = match scheme.as_str() {
        "http" | "https" => about_query(rest),
        _ => Some("it begins with neither http:// nor a host"),
    };
    (format!("{scheme}://{rest}"), fault)
}

fn about_query(rest: &str) -> Option<&'static str> {
    rest.contains(['?', '#'])
        .then_some("it has a query or a fragment, which the address of an API has not")
}

impl Authority {
    /// Whether neither host nor port is named.
    fn is_empty(&self) -> bool {
        self.host.is_empty() && self.port.is_empty()
    }

    /// Errors: the digits, as they stand there.
    fn port(&self) -> Result<u16, &str> {
        match self.port.as_str() {
            "" => Ok(80),
            digits => digits.parse().map_err(|_| digits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(given: &str, manner: Dialect) -> Result<Request, Failure> {
        Target::new(Some(given), manner).url("Get", "/proxies")
    }

    fn told(given: &str, manner: Dialect) -> String {
        url(given, manner).unwrap_err().to_string()
    }

    #[test]
    fn an_address_is_read_as_the_dialect_has_it() {
        for (given, own, toxiproxy) in [
            ("localhost", "localhost:8474", "localhost:80"),
            ("localhost:1234", "localhost:1234", "localhost:1234"),
            ("http://localhost", "localhost:80", "localhost:80"),
            ("http://h:1/", "h:1", "h:1"),
            ("[::1]", "[::1]:8474", "[::1]:80"),
            ("[::1]:1", "[::1]:1", "[::1]:1"),
            (":1", "localhost:1", "localhost:1"),
            ("h/x", "h:8474/x", "h:80/x"),
            ("h:", "h:8474", "h:80"),
            ("http://h:00007//", "h:7", "h:7"),
        ] {
            for (manner, expected) in [(Dialect::Aconite, own), (Dialect::Toxiproxy, toxiproxy)] {
                let request = url(given, manner).unwrap();
                assert_eq!(request.url, format!("http://{expected}/proxies"), "{given}");
            }
        }
        assert_eq!(
            url(" HTTP://h:1// ", Dialect::Aconite).unwrap().url,
            "http://h:1/proxies"
        );
        let request = Target::new(None, Dialect::Toxiproxy).url("Get", "/x");
        assert_eq!(request.unwrap().url, "http://localhost:8474/x");
    }

    #[test]
    fn a_wrong_address_is_never_the_default() {
        for bad in [
            "",
            " ",
            ":",
            "http://",
            "https://h",
            "a b",
            "h:99999",
            "h:x",
            "[::1",
            "::1:1",
        ] {
            assert!(url(bad, Dialect::Aconite).is_err(), "{bad:?}");
            assert!(url(bad, Dialect::Toxiproxy).is_err(), "{bad:?}");
        }
        for bad in ["unix:///x", "ftp://h", "h?x", "http://h/#x"] {
            assert!(url(bad, Dialect::Aconite).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn objections_are_gos() {
        for (given, expected) in [
            (
                "",
                r#"fail to request: Get "http:///proxies": http: no Host in request URL"#,
            ),
            (
                "a b",
                r#"parse "http://a b/proxies": invalid character " " in host name"#,
            ),
            (
                "h:abc",
                r#"parse "http://h:abc/proxies": invalid port ":abc" after host"#,
            ),
            (
                "h:99999",
                r#"fail to request: Get "http://h:99999/proxies": dial tcp: address 99999: invalid port"#,
            ),
        ] {
            assert_eq!(told(given, Dialect::Toxiproxy), expected);
        }
    }
}
